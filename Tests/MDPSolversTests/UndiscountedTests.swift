import JSON
import LinearAlgebra
import MDPs
import TestSupport
import Testing

@testable import Files
@testable import MDPSolvers

/// Models small enough to solve by hand.
private func model(_ actionCount: Int, _ rows: [[Double]], initial: Int = 0) throws -> MDP {
  let matrix = try Matrix(rows: rows)
  var start = [Double](repeating: 0, count: matrix.columnCount)
  start[initial] = 1
  return try MDP(
    actionCount: actionCount, transitions: .dense(matrix), discount: 1, initialDistribution: start,
    availability: rows.map { $0.contains { $0 > 0 } })
}

@Suite("Reachability") struct ReachabilityTests {
  @Test("a tied self-loop is never chosen") func noLoop() throws {
    // State 0: action 0 stays for ever, action 1 reaches the target or the trap by halves.
    let mdp = try model(2, [[1, 0, 0], [0, 0.5, 0.5], [0, 1, 0], [0, 0, 0], [0, 0, 1], [0, 0, 0]])
    let best = try Reachability(target: [false, true, false]).solve(mdp)
    #expect(best.values == [0.5, 1, 0])
    #expect(best.policy[0] == 1)
    let least = try Reachability(target: [false, true, false], direction: .minimise).solve(mdp)
    #expect(least.values == [0, 1, 0] && least.policy[0] == 0)
  }

  @Test("an end component is left at the right state") func endComponent() throws {
    // 0 and 1 may go back and forth; from 0 one leaves with 1/4, from 1 with 3/4.
    let mdp = try model(
      2,
      [
        [0, 1, 0, 0], [0, 0, 0.25, 0.75], [1, 0, 0, 0], [0, 0, 0.75, 0.25], [0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 1],
        [0, 0, 0, 0],
      ])
    let best = try Reachability(target: [false, false, true, false]).solve(mdp)
    #expect(best.values == [0.75, 0.75, 1, 0])
    #expect(best.policy[0] == 0 && best.policy[1] == 1)
    #expect(best.guarantee.level >= .bounded && best.guarantee.errorBound < 1e-15)
    // 1 may not be passed.
    let blocked = try Reachability(
      target: [false, false, true, false], passable: [true, false, true, true]
    ).solve(mdp)
    #expect(blocked.values == [0.25, 0, 1, 0])
  }

  @Test("sets of the wrong shape are refused") func shape() throws {
    let mdp = try model(1, [[1]])
    #expect(throws: SolverError.shape(of: "target", expected: 1, got: 2)) {
      try Reachability(target: [true, false]).solve(mdp)
    }
  }
}

@Suite("Total reward") struct TotalRewardTests {
  @Test("values are not clipped at 0") func negative() throws {
    let mdp = try model(1, [[0.5, 0.5], [0, 1]])
    for direction in Direction.allCases {
      for target in [[false, true], nil] {
        let solution = try TotalReward(target: target, direction: direction).solve(mdp, pairReward: [-50, 0])
        #expect(solution.values == [-100, 0])
      }
    }
  }

  @Test("missing the target costs infinity") func infinite() throws {
    // State 0 may go to the target (1) at cost 3 or to a trap (2).
    let mdp = try model(2, [[0, 1, 0], [0, 0, 1], [0, 1, 0], [0, 0, 0], [0, 0, 1], [0, 0, 0]])
    let target = [false, true, false]
    let largest = try TotalReward(target: target).solve(mdp, pairReward: [3, 1, 0, 0, 0, 0])
    #expect(largest.values == [.infinity, 0, .infinity] && largest.policy[0] == 1)
    #expect(largest.objective == .infinity)
    let smallest = try TotalReward(target: target, direction: .minimise).solve(mdp, pairReward: [3, 1, 0, 0, 0, 0])
    #expect(smallest.values == [3, 0, .infinity] && smallest.policy[0] == 0)
  }

  @Test("a free loop is left at last") func freeLoop() throws {
    // A loop of cost 0 ties with leaving at cost 1 under plain value iteration from 0.
    let mdp = try model(2, [[1, 0], [0, 1], [0, 1], [0, 0]])
    let solution = try TotalReward(target: [false, true], direction: .minimise).solve(mdp, pairReward: [0, 1, 0, 0])
    #expect(solution.values == [1, 0] && solution.policy[0] == 1)
    // Without a target staying costs nothing for ever.
    let endless = try TotalReward(direction: .minimise).solve(mdp, pairReward: [0, 1, 0, 0])
    #expect(endless.values == [0, 0] && endless.policy[0] == 0)
    #expect(try TotalReward().solve(mdp, pairReward: [0, 1, 0, 0]).values == [1, 0])
  }

  @Test("gains for ever are infinite, gains and losses for ever are refused") func forEver() throws {
    let mdp = try model(2, [[1, 0], [0, 1], [0, 1], [1, 0]])
    #expect(try TotalReward().solve(mdp, pairReward: [1, 0, 0, 0]).values == [.infinity, .infinity])
    #expect(
      try TotalReward(direction: .minimise).solve(mdp, pairReward: [1, 2, 0, 2]).values == [2, 0])
    #expect(throws: SolverError.endComponentOfBothSigns(states: [0, 1], gain: 1, loss: -1)) {
      try TotalReward().solve(mdp, pairReward: [1, 0, -1, 0])
    }
  }
}

/// The Quantitative Verification Benchmark Set; values from an exact rational model checker, checked again by script.
@Suite("Benchmark models") struct BenchmarkModelTests {
  @Test("every value lies within the bound", arguments: try Reference.files(in: "mdps/qvbs", suffix: ".json"))
  func values(file: String) throws {
    let path = Reference.path(String(file.dropLast(5)) + ".npz")
    let problem = try Problem.read(from: path, options: ReadOptions(requiresDiscount: false))
    let archive = try NpzArchive(FileBytes(path: path), unpackedSizeLimit: 1 << 30)
    for property in try Reference.json(file)["properties"].elements() {
      guard property.value["exact_value_initial"] != nil else { continue }
      let name = try property["name"].string()
      let label = try problem.label(named: name)
      let directions: [Direction] =
        switch try property["direction"].string() {
        case "min": [.minimise]
        case "max": [.maximise]
        default: Direction.allCases
        }
      let truth = try archive.doubles("value_\(name)").values
      for direction in directions {
        let solution: Solution
        if try property["kind"].string() == "probability" {
          var criterion = Reachability(target: label.states, passable: label.allowed, direction: direction)
          criterion.inputRoundoff = 0x1p-53
          solution = try criterion.solve(problem.mdp)
        } else {
          var criterion = TotalReward(target: label.states, direction: direction)
          criterion.inputRoundoff = 0x1p-53
          solution = try criterion.solve(
            problem.mdp, reward: problem.reward(named: property["reward_model"].string()))
        }
        #expect(solution.guarantee.level >= .bounded)
        for (v, t) in zip(solution.values, truth) {
          #expect(v == t || abs(v - t) <= solution.guarantee.errorBound + t.ulp / 2)
        }
      }
    }
  }
}
