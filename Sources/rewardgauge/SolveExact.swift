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
      let label = try target.map { try problem.label(matching: $0) }
      let (model, name) = try model(problem, policy)
      let total = TotalReward(target: label?.states, direction: direction, options: options)
      let solution = try exactSolver.solve(total, model)
      let extras: [JSONValue.Member] = label.map { [.init("target", .string($0.name))] } ?? []
      return try report((policy.map(solution.summary) ?? solution.summary).adding(extras), name, of: problem)
    case .reachability:
      let label = try problem.label(matching: target ?? "")
      var model = try problem.rationalModel(nil, rationals)
      if let policy { model = try model.induced(by: policy) }
      let solution = try exactSolver.solve(
        Reachability(target: label.states, passable: label.allowed, direction: direction, options: options), model)
      return try report(
        (policy.map(solution.summary) ?? solution.summary).adding([.init("target", .string(label.name))]), label.name,
        of: problem)
    case .constrained:
      let reward = try problem.reward(named: reward)
      let model = try problem.rationalModel(reward, rationals)
      let constraints = try constraint.map { text in
        let (name, limit) = try Self.parts(ofConstraint: text)
        let cost = try problem.rationalModel(problem.reward(named: name), rationals)
        return RationalConstraint(name: name, cost: cost.rewards, atMost: limit)
      }
      let solution = try exactSolver.solve(under: constraints, model, direction: direction)
      return try report(solution.summary(under: constraints), reward.name, of: problem)
    case .robust:
      let reward = try problem.reward(named: reward)
      guard let radius, nature == .against else {
        throw ValidationError("--exact answers --criterion robust with --radius ε and nature against the policy")
      }
      let solution = try exactSolver.solve(
        against: .ball(radius: RationalPolicy.rational(radius)), problem.rationalModel(reward, rationals),
        direction: direction)
      return try report(solution.adding([.init("radius", .number(radius))]), reward.name, of: problem)
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
