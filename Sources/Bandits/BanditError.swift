/// What is wrong with a bandit problem, a policy or a question about them.
///
/// Arms, steps and weights are counted from 0.
public enum BanditError: Error, Equatable, Sendable {
  /// A bandit without arms.
  case noArms
  /// A memory below 1.
  case memory(Int)
  /// A horizon below 0.
  case horizon(Int)
  /// Another number of loss functions, weight vectors or weights than needed.
  case count(of: String, expected: Int, got: Int)
  /// A weight that is negative or not finite.
  case weight(arm: Int, lag: Int, value: Double)
  /// A first weight of 0: the play being made must count.
  case firstWeight(arm: Int)
  /// A loss outside [0, 1].
  case loss(arm: Int, parameter: String, value: Double)
  /// A parameter of an arm that is out of its range.
  case armParameter(arm: Int, parameter: String, value: Double, needed: String)
  /// A table of losses where weights are not all 1.
  case tableWithoutUnitWeights(arm: Int)
  /// A mean outside [0, 1].
  case mean(arm: Int, value: Double)
  /// A parameter of a policy, bound or environment that is out of range.
  case parameter(name: String, value: Double, needed: String)
  /// A policy of that name does not exist.
  case unknownPolicy(String, nearest: [String])
  /// A policy has no such parameter.
  case unknownPolicyParameter(policy: String, parameter: String, known: [String])
  /// Something in a policy's name that is no number.
  case policySyntax(String)
  /// A policy that cannot be evaluated exactly on this problem.
  case notExact(policy: String, reason: String)
  /// A policy that does not fit this problem.
  case unsuitablePolicy(policy: String, reason: String)
  /// More states than the budget allows.
  case tooManyStates(needed: Double, budget: Int)
  /// An arm that does not exist.
  case action(step: Int, arm: Int, armCount: Int)
  /// A bound that was not given a number it needs.
  case missing(bound: String, parameter: String)
  /// A question that only makes sense for another kind of bandit.
  case kind(question: String, needed: String)
}

extension BanditError: CustomStringConvertible {
  /// One sentence that says what is wrong, where, and how to mend it.
  public var description: String {
    switch self {
    case .noArms: "K is below 1; a bandit needs at least one arm"
    case .memory(let m): "m is \(m); a memory is at least 1 (the play being made)"
    case .horizon(let horizon): "T is \(horizon); a horizon is at least 0"
    case .count(let what, let expected, let got): "\(what): \(expected) needed, \(got) given"
    case .weight(let arm, let lag, let value):
      "weights of arm \(arm): weight \(lag) is \(value); weights are finite and not negative"
    case .firstWeight(let arm): "weights of arm \(arm): weight 0 is 0; the play being made must have a positive weight"
    case .loss(let arm, let parameter, let value):
      "loss of arm \(arm): \(parameter) is \(value); losses lie in [0, 1]"
    case .armParameter(let arm, let parameter, let value, let needed):
      "arm \(arm): \(parameter) is \(value); \(needed) is needed"
    case .tableWithoutUnitWeights(let arm):
      "loss of arm \(arm): a table has one entry a count and needs weights that are all 1; use a formula such as exp"
    case .mean(let arm, let value): "mean of arm \(arm) is \(value); a Bernoulli mean lies in [0, 1]"
    case .parameter(let name, let value, let needed): "\(name) is \(value); \(needed) is needed"
    case .unknownPolicy(let name, let nearest):
      "there is no policy \"\(name)\""
        + (nearest.isEmpty ? "; `bandit presets` lists all" : "; did you mean \(nearest.joined(separator: " or "))?")
    case .unknownPolicyParameter(let policy, let parameter, let known):
      known.isEmpty
        ? "policy \(policy) has no parameters, but \"\(parameter)\" is given"
        : "policy \(policy) has no parameter \"\(parameter)\"; it knows \(known.joined(separator: ", "))"
    case .policySyntax(let text): "policy \"\(text)\": write name or name:parameter=number,parameter=number"
    case .notExact(let policy, let reason): "policy \(policy) cannot be evaluated exactly here: \(reason)"
    case .unsuitablePolicy(let policy, let reason): "policy \(policy) does not fit this problem: \(reason)"
    case .tooManyStates(let needed, let budget):
      "about \(needed) states are needed, more than the budget of \(budget); shorten the memory or the horizon, or raise "
        + "the budget"
    case .action(let step, let arm, let armCount):
      "step \(step) plays arm \(arm), but arms are 0 to \(armCount - 1)"
    case .missing(let bound, let parameter): "bound \(bound) needs \(parameter); add --\(parameter)"
    case .kind(let question, let needed): "\(question) needs \(needed)"
    }
  }
}
