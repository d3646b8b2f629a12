public import MDPSolvers
public import MDPs
public import RewardDistances

/// What is wrong with a potential, a change of reward, or a question about invariance that a caller handed in.
///
/// `description` is one sentence: what, where, and how to mend it.
public enum RewardInvarianceError: Error, Equatable, Sendable {
  /// An array has another length than the model asks for.
  case shape(of: String, expected: Int, got: Int)
  /// A number is NaN or infinite.
  case notFinite(of: String, index: Int, value: Double)
  /// A set of actions is no set of actions of the state.
  case actionSet(state: Int, reason: String)
  /// A scale is not a positive finite number.
  case scale(Double)
  /// A horizon is not positive.
  case horizon(Int)
  /// The question needs a discount below 1.
  case undiscounted(question: String)
  /// The question would need more work than its stated limit.
  case tooLarge(question: String, size: Double, limit: Double)
  /// Some policy never ends the episode from this state, so that undiscounted returns may not exist.
  case endlessEpisode(state: Int)
  /// A state has the gain of another chain: the question is answered for models with one recurrent class only.
  case severalRecurrentClasses(states: [Int])
  /// The model or a reward does not fit.
  case model(MDPError)
  /// A planning problem could not be posed.
  case solver(SolverError)
  /// A comparison could not be made.
  case comparison(RewardDistanceError)
}

extension RewardInvarianceError: CustomStringConvertible {
  /// One sentence that says what is wrong, where, and how to mend it.
  public var description: String {
    switch self {
    case .shape(let name, let expected, let got):
      "\(name) has \(got) entries, but \(expected) are needed"
    case .notFinite(let name, let index, let value):
      "\(name) is \(value) at index \(index); it must be finite"
    case .actionSet(let state, let reason):
      "the action set of state \(state) cannot be used: \(reason)"
    case .scale(let value):
      "the scale is \(value); it must be positive and finite (a negative scale reverses the order of all policies)"
    case .horizon(let value):
      "the horizon is \(value); at least one step is needed"
    case .undiscounted(let question):
      "\(question) needs a discount below 1; give the model one, or ask under a finite horizon, episodes or average reward"
    case .tooLarge(let question, let size, let limit):
      "\(question) would look at \(size) cases, more than the limit of \(limit); use a smaller model or a weaker question"
    case .endlessEpisode(let state):
      "from state \(state) some policy never reaches a terminal state, so undiscounted episode returns may not exist; "
        + "make every policy end, or give the model a discount below 1"
    case .severalRecurrentClasses(let states):
      "some policy has several recurrent classes (states \(states) lie in different ones), so average rewards are not one "
        + "linear function of the policy's stationary distribution; make the model unichain"
    case .model(let error): error.description
    case .solver(let error): error.description
    case .comparison(let error): error.description
    }
  }
}

/// Runs `body` and reports a fault of the model as one of the question about invariance.
func fitting<Value>(_ body: () throws(MDPError) -> Value) throws(RewardInvarianceError) -> Value {
  do { return try body() } catch { throw .model(error) }
}

/// Checks that `values` has `count` finite entries.
func require(_ values: [Double], count: Int, of name: String) throws(RewardInvarianceError) {
  guard values.count == count else { throw .shape(of: name, expected: count, got: values.count) }
  if let i = values.firstIndex(where: { !$0.isFinite }) { throw .notFinite(of: name, index: i, value: values[i]) }
}
