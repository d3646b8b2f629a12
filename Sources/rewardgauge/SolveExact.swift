import ArgumentParser
import RewardGauge

/// `solve --exact`: every criterion whose answer is rational, for optima and for given policies.
extension SolveCommand {
  func exactly(_ problem: Problem) throws -> any Report {
    let policy = try evaluate.map { try RationalPolicy.read(from: $0, for: problem.mdp) }
    switch criterion {
    case .discounted:
      let (model, name) = try model(problem, policy)
      let solution = try exactSolver.solve(model, direction: direction)
      return try report(policy.map(solution.summary) ?? solution.summary, name, of: problem)
    case .finiteHorizon:
      let (model, name) = try model(problem, policy)
      let solution = try exactSolver.solve(FiniteHorizon(horizon: horizon ?? 0), model, direction: direction)
      return try report(policy.map(solution.summary) ?? solution.summary, name, of: problem)
    case .average:
      let (model, name) = try model(problem, policy)
      let solution = try exactSolver.solve(AverageReward(direction: direction, options: options), model)
      return try report(policy.map(solution.summary) ?? solution.summary, name, of: problem)
    case .total:
      let (model, name) = try model(problem, policy)
      let (total, extras) = try totalReward(problem)
      let solution = try exactSolver.solve(total, model)
      return try report((policy.map(solution.summary) ?? solution.summary).adding(extras), name, of: problem)
    case .reachability:
      let (chance, name) = try chance(problem)
      var model = try problem.rationalModel(nil, rationals)
      if let policy { model = try model.induced(by: policy) }
      let solution = try exactSolver.solve(chance, model)
      return try report(
        (policy.map(solution.summary) ?? solution.summary).adding([.init("target", .string(name))]), name, of: problem)
    case .constrained:
      let (model, name) = try model(problem, nil)
      let constraints = try limits(in: problem).map { cost, limit in
        RationalConstraint(
          name: cost.name, cost: try problem.rationalModel(cost, rationals).rewards, atMost: limit)
      }
      let solution = try exactSolver.solve(under: constraints, model, direction: direction)
      return try report(solution.summary(under: constraints), name, of: problem)
    case .robust:
      guard let radius, nature == .against else {
        throw ValidationError("--exact answers --criterion robust with --radius ε and nature against the policy")
      }
      let (model, name) = try model(problem, nil)
      let solution = try exactSolver.solve(
        against: .ball(radius: RationalPolicy.rational(radius)), model, direction: direction)
      return try report(solution.adding([.init("radius", .number(radius))]), name, of: problem)
    case .blackwell: return try blackwell(problem)
    case .pareto: return try pareto(problem)
    case .soft, .entropicRisk, .nestedCVaR, .minimum, .guaranteedMinimum:
      throw ValidationError("--exact goes with the criteria \(Criterion.exact.map(\.rawValue).alternatives)")
    }
  }

  /// The problem in rationals with the reward that was chosen; the chain of the policy where one was given.
  private func model(_ problem: Problem, _ policy: RationalPolicy?) throws -> (RationalModel, String) {
    let reward = try problem.reward(named: reward)
    let model = try problem.rationalModel(reward, rationals)
    return (try policy.map { try model.induced(by: $0) } ?? model, reward.name)
  }
}
