import ArgumentParser
import RewardGauge

/// The criteria of `solve` in which all rewards count the same.
extension SolveCommand {
  func finiteHorizon(_ problem: Problem, _ policy: Policy?) throws -> SolutionReport {
    let reward = try problem.reward(named: reward)
    let solution = try FiniteHorizon(horizon: horizon ?? 0, threads: threads)
      .solve(problem.mdp, reward: reward, direction: direction, policy: policy)
    return try report(solution.summary(of: policy), reward.name, of: problem)
  }

  func total(_ problem: Problem) throws -> SolutionReport {
    let reward = try problem.reward(named: reward)
    let label = try target.map { try problem.label(matching: $0) }
    let extras: [JSONValue.Member] = label.map { [.init("target", .string($0.name))] } ?? []
    var criterion = TotalReward(target: label?.states, direction: direction, options: options)
    criterion.inputRoundoff = problem.inputRoundoff
    criterion.method = method.stoppingMethod ?? .automatic
    let solution = try criterion.solve(problem.mdp, reward: reward)
    guard method != .automatic || solution.isEnough(for: problem) else {
      let solution = try exactSolver.solve(criterion, problem.rationalModel(reward, rationals))
      return try report(solution.adding(extras), reward.name, of: problem)
    }
    return try report(solution.adding(extras), reward.name, of: problem)
  }

  func reachability(_ problem: Problem) throws -> SolutionReport {
    let label = try problem.label(matching: target ?? "")
    let extras: [JSONValue.Member] = [.init("target", .string(label.name))]
    var criterion = Reachability(
      target: label.states, passable: label.allowed, direction: direction, options: options)
    criterion.inputRoundoff = problem.inputRoundoff
    criterion.method = method.stoppingMethod ?? .automatic
    let solution = try criterion.solve(problem.mdp)
    guard method != .automatic || solution.isEnough(for: problem) else {
      let solution = try exactSolver.solve(criterion, problem.rationalModel(nil, rationals))
      return try report(solution.adding(extras), label.name, of: problem)
    }
    return try report(solution.adding(extras), label.name, of: problem)
  }

  func average(_ problem: Problem) throws -> SolutionReport {
    let reward = try problem.reward(named: reward)
    if method == .relativeValueIteration {
      let solution = try RelativeValueIteration(options: options)
        .solve(problem.mdp, pairReward: reward.expected(in: problem.mdp), direction: direction)
      return try report(solution, reward.name, of: problem)
    }
    let solution = try AverageReward(
      direction: direction, options: options, start: method == .linearProgram ? .linearProgram : .lowestActions
    ).solve(problem.mdp, reward: reward)
    return try report(solution, reward.name, of: problem)
  }

  func blackwell(_ problem: Problem) throws -> SolutionReport {
    let reward = try problem.reward(named: reward)
    let solution = try BlackwellOptimality(direction: direction, options: options)
      .solve(problem.rationalModel(reward, rationals))
    return try report(solution, reward.name, of: problem)
  }
}

extension Solution {
  /// Whether doubles carried the numbers of the file to the tolerance; where they did not, its rationals can.
  fileprivate func isEnough(for problem: Problem) -> Bool { guarantee.isConverged || problem.exact == nil }
}
