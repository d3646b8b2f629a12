/// Every policy that can be evaluated exactly on a problem, evaluated.
public struct ExactRegretSurvey: Sendable {
  /// The policies with their regrets, in order.
  public let evaluations: [(choice: PolicyChoice, regret: ExactRegret)]
  /// What could not be evaluated, with the reason.
  public let skipped: [(name: String, reason: String)]

  /// Evaluates `policies`, or all that are known to allow it.
  ///
  /// - Parameters:
  ///   - problem: Bernoulli arms without delay or drift, or a tallying bandit with Bernoulli noise or none.
  ///   - policies: Those that must be evaluated; nil for all that can.
  ///   - stateLimit: The most states or paths to visit for a policy.
  /// - Throws: ``BanditError`` when a policy that was asked for cannot be evaluated, or the problem allows none.
  public init(
    _ problem: BanditProblem, policies: [PolicyChoice]? = nil, stateLimit: Int = ExactRegret.defaultStateLimit
  ) throws(BanditError) {
    var evaluations: [(choice: PolicyChoice, regret: ExactRegret)] = []
    var skipped: [(name: String, reason: String)] = []
    let choices = if let policies { policies } else { try Self.standard(problem) }
    for choice in choices {
      do throws(BanditError) {
        evaluations.append((choice, try ExactRegret(choice, on: problem, stateLimit: stateLimit)))
      } catch .notExact(_, let reason) where policies == nil {
        skipped.append((choice.name, reason))
      }
    }
    self.evaluations = evaluations
    self.skipped = skipped
  }

  /// The policies that are evaluated when none are named.
  private static func standard(_ problem: BanditProblem) throws(BanditError) -> [PolicyChoice] {
    var names = [
      "ucb1", "klucb", "moss", "imed", "greedy", "uniform", "eps_greedy:epsilon=0.1", "etc:m=3", "thompson_beta",
    ]
    // The paths of EXP3 are enumerated: seven steps are short enough for three arms.
    names.append(problem.horizon > 7 ? "exp3:gamma=0.2,T=7" : "exp3:gamma=0.2")
    if case .tallying = problem.model { names = names.filter { !$0.hasPrefix("thompson") } + ["se_wtb"] }
    var choices: [PolicyChoice] = []
    for name in names { choices.append(try PolicyChoice(name)) }
    return choices
  }
}

extension ExactRegret {
  /// Evaluates `choice` on a whole problem.
  ///
  /// - Parameters:
  ///   - choice: The policy.
  ///   - problem: Bernoulli arms without delay or drift, or a tallying bandit with Bernoulli noise or none.
  ///   - stateLimit: The most states or paths to visit.
  /// - Throws: ``BanditError/notExact(policy:reason:)`` when the policy, the problem or its size does not allow it.
  public init(
    _ choice: PolicyChoice, on problem: BanditProblem, stateLimit: Int = ExactRegret.defaultStateLimit
  ) throws(BanditError) {
    switch problem.model {
    case .stochastic(let bandit):
      guard bandit.isBernoulli, bandit.delay == .none, bandit.drift == 0 else {
        throw .kind(
          question: "an exact evaluation", needed: "Bernoulli arms without delay or drift; simulate it instead")
      }
      try self.init(choice, means: bandit.means, horizon: problem.horizon, stateLimit: stateLimit)
    case .tallying(let bandit, let noise):
      guard noise == .bernoulli || noise == .none else {
        throw .kind(question: "an exact evaluation", needed: "Bernoulli noise or none; simulate it instead")
      }
      try self.init(choice, on: bandit, noise: noise, horizon: problem.horizon, stateLimit: stateLimit)
    }
  }
}
