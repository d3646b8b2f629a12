import JSON
import LinearAlgebra
import MDPs
import TestSupport
import Testing

@testable import Files
@testable import MDPSolvers

private func model(_ actionCount: Int, _ rows: [[Double]]) throws -> MDP {
  let matrix = try Matrix(rows: rows)
  return try MDP(
    actionCount: actionCount, transitions: .dense(matrix), discount: 1,
    initialDistribution: [1] + [Double](repeating: 0, count: matrix.columnCount - 1),
    availability: rows.map { $0.contains { $0 > 0 } })
}

/// The methods that squeeze values between two ends.
private let squeezing: [StoppingMethod] = [.intervalIteration, .optimisticValueIteration]

@Suite("Interval and optimistic value iteration") struct StoppingMethodTests {
  @Test("a tied self-loop is never chosen", arguments: squeezing) func noLoop(method: StoppingMethod) throws {
    // Staying in 0 for ever is greedy for the exact values as well.
    let mdp = try model(2, [[1, 0, 0], [0, 0.5, 0.5], [0, 1, 0], [0, 0, 0], [0, 0, 1], [0, 0, 0]])
    for direction in Direction.allCases {
      var criterion = Reachability(target: [false, true, false], direction: direction)
      criterion.method = method
      let solution = try criterion.solve(mdp)
      #expect(abs(solution.values[0] - (direction == .maximise ? 0.5 : 0)) <= solution.guarantee.errorBound)
      #expect(solution.policy[0] == (direction == .maximise ? 1 : 0))
    }
  }

  @Test("the check refuses what is not a bound") func check() throws {
    // 0 goes on to 1 or ends, by halves; 1 ends; each step pays 1.
    let problem = StoppingProblem(
      StoppingProblem.Parts(
        rows: SparseRows(try Matrix(rows: [[0, 0.5, 0.5], [0, 0, 1], [0, 0, 0]])), actionCount: 1,
        playable: [true, true, false], rewards: [1, 1, 0], remaining: [true, true, false], ones: nil, oneValue: 1,
        components: nil, mayStay: false, inputRoundoff: 0), threads: 1)
    let check = EnclosureCheck(problem: problem)
    #expect(check.holdsAbove([1.6, 1.1]) && !check.holdsAbove([1.4, 1]) && !check.holdsAbove([1.6, 0.9]))
    #expect(check.holdsBelow([1.4, 0.9], policy: [0, 0]) && !check.holdsBelow([1.6, 1], policy: [0, 0]))
    #expect(!check.holdsAbove([.infinity, .nan]) && !check.holdsBelow([.nan, .nan], policy: [0, 0]))
    // A loop that holds a wrong lower end up does not end: the second action of 0 stays for nothing.
    let loop = StoppingProblem(
      StoppingProblem.Parts(
        rows: SparseRows(try Matrix(rows: [[0, 1], [1, 0], [0, 0], [0, 0]])), actionCount: 2,
        playable: [true, true, false, false], rewards: [1, 0, 0, 0], remaining: [true, false], ones: nil, oneValue: 1,
        components: nil, mayStay: false, inputRoundoff: 0), threads: 1)
    #expect(!EnclosureCheck(problem: loop).holdsBelow([5], policy: [1]))
    #expect(EnclosureCheck(problem: loop).holdsBelow([0.9], policy: [0]))
  }

  @Test("random models: all methods agree within their bounds") func agreement() throws {
    for seed in 0..<60 {
      let random = try RandomProblem(
        seed: seed, states: 7, actions: 3, successors: 2, discount: 0, masked: seed % 2 == 1)
      let mdp = try random.mdp.withDiscount(1)
      let target = (0..<7).map { $0 == seed % 7 }
      for direction in Direction.allCases {
        var reach = Reachability(target: target, direction: direction)
        var total = TotalReward(target: target, direction: direction)
        let reward = random.reward.map(\.magnitude)
        let first = (try reach.solve(mdp), try total.solve(mdp, pairReward: reward))
        for method in squeezing {
          reach.method = method
          total.method = method
          let second = (try reach.solve(mdp), try total.solve(mdp, pairReward: reward))
          for (a, b) in [(first.0, second.0), (first.1, second.1)] {
            #expect(b.guarantee.isConverged && b.guarantee.level >= .bounded, "\(seed) \(method) \(b.guarantee)")
            let allowed = a.guarantee.errorBound + b.guarantee.errorBound
            for (v, w) in zip(a.values, b.values) { #expect(v == w || abs(v - w) <= allowed) }
          }
        }
      }
    }
  }

  @Test("limits leave valid bounds, cancelling stops at once") func limits() throws {
    let mdp = try model(1, [[0.875, 0.0625, 0.0625], [0, 1, 0], [0, 0, 1]])
    for method in squeezing {
      var criterion = Reachability(target: [false, true, false], options: SolverOptions(iterationLimit: 3))
      criterion.method = method
      let stopped = try criterion.solve(mdp)
      #expect(stopped.guarantee.ending == .iterationLimit && stopped.iterations <= 3)
      #expect(abs(stopped.values[0] - 0.5) <= stopped.guarantee.errorBound)
      criterion.options = SolverOptions(progress: { _, _ in false })
      let cancelled = try criterion.solve(mdp)
      #expect(
        cancelled.guarantee.ending == .cancelled && abs(cancelled.values[0] - 0.5) <= cancelled.guarantee.errorBound)
      criterion.options = SolverOptions(tolerance: .absolute(0))
      let best = try criterion.solve(mdp)
      #expect(best.guarantee.ending == .toleranceNotReached && best.guarantee.errorBound < 1e-13)
      #expect(abs(best.values[0] - 0.5) <= best.guarantee.errorBound)
    }
  }
}

@Suite("Total reward of both signs") struct SignedTotalTests {
  @Test("a shortest path is a largest total of losses") func shortestPath() throws {
    // 0 may stay (−1), go to 1 (−1); 1 may go back (−1) or to the goal 2 (−3).
    let mdp = try model(2, [[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0, 0]])
    for method in StoppingMethod.allCases {
      var criterion = TotalReward(target: [false, false, true])
      criterion.method = method
      let solution = try criterion.solve(mdp, pairReward: [-1, -1, -1, -3, 0, 0])
      for (v, t) in zip(solution.values, [-4.0, -3, 0]) { #expect(abs(v - t) <= solution.guarantee.errorBound) }
      #expect(solution.policy.prefix(2) == [1, 1] && solution.guarantee.errorBound < 1e-9)
    }
  }

  @Test("a loop of gains and losses that loses is accepted, one that gains is named") func loops() throws {
    // 0 → 1 pays 2, 1 → 0 pays −3; from 1 one may leave for −10.
    let mdp = try model(2, [[0, 1, 0], [0, 0, 0], [1, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0, 0]])
    let target = [false, false, true]
    for direction in Direction.allCases {
      let sign = direction.sign
      let losing = try TotalReward(target: target, direction: direction).solve(
        mdp, pairReward: [2, 0, -3, -10, 0, 0].map { sign * $0 })
      for (v, t) in zip(losing.values, [-8.0, -10, 0]) { #expect(abs(v - sign * t) <= losing.guarantee.errorBound) }
      #expect(
        throws: SolverError.endComponentOfBothSigns(
          states: [0, 1], gain: direction == .maximise ? 3 : 2, loss: direction == .maximise ? -2 : -3)
      ) {
        try TotalReward(target: target, direction: direction).solve(
          mdp, pairReward: [3, 0, -2, -10, 0, 0].map { sign * $0 })
      }
      // A loop that neither gains nor loses has no definite total.
      #expect(throws: SolverError.self) {
        try TotalReward(target: target, direction: direction).solve(
          mdp, pairReward: [3, 0, -3, -10, 0, 0].map { sign * $0 })
      }
    }
    var interval = TotalReward(target: target)
    interval.method = .intervalIteration
    #expect(throws: SolverError.noStartingBounds) { try interval.solve(mdp, pairReward: [2, 0, -3, -10, 0, 0]) }
    interval.method = .optimisticValueIteration
    let optimistic = try interval.solve(mdp, pairReward: [2, 0, -3, -10, 0, 0])
    #expect(abs(optimistic.values[0] + 8) <= optimistic.guarantee.errorBound && optimistic.guarantee.isConverged)
  }

  @Test("what never reaches the target is the worst, where rewards may be negative") func unreachable() throws {
    let mdp = try model(2, [[0, 1, 0], [0, 0, 1], [0, 1, 0], [0, 0, 0], [0, 0, 1], [0, 0, 0]])
    let solution = try TotalReward(target: [false, true, false]).solve(mdp, pairReward: [-2, 5, 0, 0, 0, 0])
    #expect(solution.values == [-2, 0, -.infinity])
  }
}

@Suite("Benchmark models by other methods") struct BenchmarkMethodTests {
  @Test("every value lies within the bound", arguments: try Reference.files(in: "mdps/qvbs", suffix: ".json"))
  func values(file: String) throws {
    let path = Reference.path(String(file.dropLast(5)) + ".npz")
    let problem = try Problem.read(from: path, options: ReadOptions(requiresDiscount: false))
    let archive = try NpzArchive(FileBytes(path: path), unpackedSizeLimit: 1 << 30)
    // Where values creep up by one part in a million a sweep, a limit keeps the test short; the bounds hold all the same.
    let options = SolverOptions(tolerance: .absolute(1e-9), iterationLimit: 20_000)
    for property in try Reference.json(file)["properties"].elements() {
      guard property.value["exact_value_initial"] != nil else { continue }
      let name = try property["name"].string()
      let label = try problem.label(named: name)
      let direction: Direction = try property["direction"].string() == "min" ? .minimise : .maximise
      let truth = try archive.doubles("value_\(name)").values
      for method in squeezing {
        let solution: Solution
        if try property["kind"].string() == "probability" {
          var criterion = Reachability(
            target: label.states, passable: label.allowed, direction: direction, options: options)
          criterion.inputRoundoff = 0x1p-53
          criterion.method = method
          solution = try criterion.solve(problem.mdp)
        } else {
          var criterion = TotalReward(target: label.states, direction: direction, options: options)
          criterion.inputRoundoff = 0x1p-53
          criterion.method = method
          solution = try criterion.solve(
            problem.mdp, reward: problem.reward(named: property["reward_model"].string()))
        }
        for (v, t) in zip(solution.values, truth) {
          #expect(v == t || abs(v - t) <= solution.guarantee.errorBound + t.ulp / 2)
        }
        // No more than what rounding and the rationals behind the doubles leave over, or the limit.
        let floor = 1e-9 * max(1, truth.filter(\.isFinite).largestMagnitude)
        #expect(
          solution.guarantee.errorBound <= 2e-8 + floor || solution.guarantee.ending == .iterationLimit,
          "\(name) \(method): \(solution.guarantee)")
      }
    }
  }
}
