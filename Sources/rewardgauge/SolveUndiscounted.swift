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

  /// The total reward that the options ask for, and what the answer says of its target.
  func totalReward(_ problem: Problem) throws -> (criterion: TotalReward, extras: [JSONValue.Member]) {
    let label = try target.map { try problem.label(matching: $0) }
    var criterion = TotalReward(target: label?.states, direction: direction, options: options)
    criterion.inputRoundoff = problem.inputRoundoff
    criterion.method = method.stoppingMethod ?? .automatic
    return (criterion, label.map { [.init("target", .string($0.name))] } ?? [])
  }

  /// The chance of reaching the target that the options name, and its name.
  func chance(_ problem: Problem) throws -> (criterion: Reachability, target: String) {
    let label = try problem.label(matching: target ?? "")
    var criterion = Reachability(
      target: label.states, passable: label.allowed, direction: direction, options: options)
    criterion.inputRoundoff = problem.inputRoundoff
    criterion.method = method.stoppingMethod ?? .automatic
    return (criterion, label.name)
  }

  func total(_ problem: Problem) throws -> SolutionReport {
    let reward = try problem.reward(named: reward)
    let (criterion, extras) = try totalReward(problem)
    let solution = try criterion.solve(problem.mdp, reward: reward)
    guard method != .automatic || solution.isEnough(for: problem) else {
      let exact = try exactSolver.solve(criterion, problem.rationalModel(reward, rationals))
      return try report(exact.adding(extras), reward.name, of: problem)
    }
    return try report(solution.adding(extras), reward.name, of: problem)
  }

  func reachability(_ problem: Problem) throws -> SolutionReport {
    let (criterion, name) = try chance(problem)
    let extras: [JSONValue.Member] = [.init("target", .string(name))]
    let solution = try criterion.solve(problem.mdp)
    guard method != .automatic || solution.isEnough(for: problem) else {
      let exact = try exactSolver.solve(criterion, problem.rationalModel(nil, rationals))
      return try report(exact.adding(extras), name, of: problem)
    }
    return try report(solution.adding(extras), name, of: problem)
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
