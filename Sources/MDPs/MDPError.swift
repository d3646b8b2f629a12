/// What is wrong with a model, reward or policy that a caller handed in.
///
/// States and actions are counted from 0. `description` is one sentence: the place, the value found, and the mend.
public enum MDPError: Error, Equatable, Sendable {
  /// An array has another shape than the model asks for.
  case shape(of: String, expected: [Int], got: [Int])
  /// The model has no state or no action.
  case empty(String)
  /// A probability is negative, above 1 by more than the tolerance, NaN or infinite.
  case probability(state: Int, action: Int, next: Int, value: Double)
  /// The probabilities of a state-action pair do not sum to 1 within the tolerance.
  case rowSum(state: Int, action: Int, sum: Double, tolerance: Double)
  /// An action that is not available has a transition.
  case transitionOfUnavailableAction(state: Int, action: Int)
  /// A state has no available action.
  case stateWithoutActions(state: Int)
  /// The discount is outside [0, 1], or NaN.
  case discount(Double)
  /// The start distribution has a negative or non-finite entry.
  case initialProbability(state: Int, value: Double)
  /// The start distribution does not sum to 1 within the tolerance.
  case initialSum(sum: Double, tolerance: Double)
  /// Two states or two actions have the same name.
  case duplicateName(kind: String, name: String)
  /// A reward is NaN or infinite where it matters. `next` is nil for rewards by state or pair.
  case reward(name: String, state: Int, action: Int?, next: Int?, value: Double)
  /// A policy gives a negative or non-finite probability, or one to an action that is not available.
  case policyProbability(state: Int, action: Int, value: Double)
  /// The action probabilities of a policy do not sum to 1 in a state.
  case policySum(state: Int, sum: Double, tolerance: Double)
  /// A deterministic policy names an action that does not exist or is not available.
  case policyAction(state: Int, action: Int)
  /// A parameter of a builder is out of range.
  case parameter(name: String, value: String, needed: String)
}

extension MDPError: CustomStringConvertible {
  /// One sentence that says what is wrong, where, and how to mend it.
  public var description: String {
    switch self {
    case .shape(let name, let expected, let got):
      "\(name) has shape \(got), but \(expected) is needed"
    case .empty(let what):
      "the model has no \(what); at least one is needed"
    case .probability(let s, let a, let t, let value):
      "the probability of state \(t) after action \(a) in state \(s) is \(value); it must lie in [0, 1]"
    case .rowSum(let s, let a, let sum, let tolerance):
      "the probabilities after action \(a) in state \(s) sum to \(sum), not to 1 within \(tolerance); "
        + "mend the row or allow a larger row-sum tolerance"
    case .transitionOfUnavailableAction(let s, let a):
      "action \(a) is not available in state \(s) but has transitions; remove them or make it available"
    case .stateWithoutActions(let s):
      "state \(s) has no available action; give it one (an absorbing state needs a loop to itself)"
    case .discount(let value):
      "the discount is \(value); it must lie in [0, 1) (or be 1 for an undiscounted criterion)"
    case .initialProbability(let s, let value):
      "the start probability of state \(s) is \(value); it must lie in [0, 1]"
    case .initialSum(let sum, let tolerance):
      "the start distribution sums to \(sum), not to 1 within \(tolerance)"
    case .duplicateName(let kind, let name):
      "two \(kind)s are called \"\(name)\"; names must differ"
    case .reward(let name, let s, let a, let t, let value):
      "reward \"\(name)\" is \(value) in state \(s)" + (a.map { ", action \($0)" } ?? "")
        + (t.map { ", next state \($0)" } ?? "") + "; rewards must be finite (to forbid an action, make it unavailable)"
    case .policyProbability(let s, let a, let value):
      "the policy plays action \(a) in state \(s) with probability \(value); it must lie in [0, 1], "
        + "and be 0 where the action is not available"
    case .policySum(let s, let sum, let tolerance):
      "the policy's action probabilities in state \(s) sum to \(sum), not to 1 within \(tolerance)"
    case .parameter(let name, let value, let needed):
      "\(name) is \(value), but must be \(needed)"
    case .policyAction(let s, let a):
      "the policy plays action \(a) in state \(s), where it does not exist or is not available"
    }
  }
}
