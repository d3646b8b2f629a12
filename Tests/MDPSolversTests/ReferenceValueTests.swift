import JSON
import LinearAlgebra
import MDPs
import TestSupport
import Testing

@testable import Files
@testable import MDPSolvers

/// Values made by another program: policy iteration with refinement in extended precision, and exact rationals.
@Suite("Reference values") struct ReferenceValueTests {
  @Test("Gymnasium and seals tables", arguments: try Reference.files(in: "mdps/toy", suffix: ".json"))
  func toy(file: String) throws {
    let path = Reference.path(String(file.dropLast(5)) + ".npz")
    let archive = try NpzArchive(FileBytes(path: path), unpackedSizeLimit: 1 << 30)
    for (discount, value) in [("0.9", 0.9), ("0.99", 0.99), ("0.999", 0.999)] {
      let options = ReadOptions(discount: value, rowSumTolerance: 1e-7)
      let problem = try Problem.read(from: path, options: options)
      let solution = try DiscountedProblem(problem.mdp, reward: #require(problem.rewards.first)).solve()
      let certified = try Reference.json(file)["values"][discount]["certified_error"].double()
      #expect(solution.guarantee.isConverged && solution.guarantee.errorBound <= 1e-9)
      for (v, t) in zip(solution.values, try archive.doubles("value_\(discount)").values) {
        #expect(abs(v - t) <= solution.guarantee.errorBound + certified + t.ulp)
      }
    }
  }

  @Test("generated instances", arguments: ["dense-100x4", "garnet-1000x4b5", "blocks-20x50"])
  func generated(name: String) throws {
    let instance = try #require(BenchmarkInstance.named(name))
    for entry in try Reference.json("mdps/values/benchmark-values.json").elements() {
      guard try entry["instance"].string() == name else { continue }
      let discount = try #require(Double(try entry["gamma"].string()))
      let (mdp, reward) = try instance.builder.build(discount: discount)
      let solution = try DiscountedProblem(mdp, reward: reward).solve(
        using: AutomaticSolver(options: SolverOptions(tolerance: .absolute(1e-6))))
      #expect(solution.guarantee.isConverged)
      let certified = try entry["certified_error"].double()
      for (key, state) in [("V_first", 0), ("V_middle", mdp.stateCount / 2), ("V_last", mdp.stateCount - 1)] {
        let truth = try #require(Double(try entry[key].string()))
        #expect(abs(solution.values[state] - truth) <= solution.guarantee.errorBound + certified + truth.ulp)
      }
      // The instances have no exact ties, so that the optimal policy can be proven.
      #expect(solution.guarantee.level == .exactPolicy)
    }
  }

  @Test("the stiff instance by the methods that correct whole blocks, and by linear programs") func stiff() throws {
    let instance = try #require(BenchmarkInstance.named("blocks-20x50"))
    let (mdp, reward) = try instance.builder.build(discount: 0.9999)
    let path = Reference.path("mdps/values/blocks-20x50@0.9999.npz")
    let truth = try NpzArchive(FileBytes(path: path), unpackedSizeLimit: 1 << 30).doubles("value").values
    let problem = try DiscountedProblem(mdp, reward: reward)
    let options = SolverOptions(tolerance: .absolute(1e-6), iterationLimit: 2000)
    let solvers: [any DiscountedSolver] = [
      PrioritisedSweeping(options: options), ModifiedPolicyIteration(options: options),
      ModifiedPolicyIteration(options: options, eliminatesActions: true), TopologicalIteration(options: options),
      PolicyIteration(options: options, linearMethod: .krylov), LinearProgramming(.primal, options: options),
      LinearProgramming(.dual, options: options),
    ]
    for solver in solvers {
      let solution = solver.solve(problem)
      #expect(solution.guarantee.isConverged, "\(solution.method): \(solution.guarantee)")
      for (v, t) in zip(solution.values, truth) {
        #expect(abs(v - t) <= solution.guarantee.errorBound + 1e-9 + t.ulp, "\(solution.method)")
      }
    }
  }

  @Test("exact values of discounted problems") func exact() throws {
    let all = try Reference.json("mdps/values/exact-discounted.json")
    guard case .object(let members) = all.value else { return }
    for member in members {
      let entry = try all[member.name]
      let name = try entry["instance"].string()
      let gamma = try Rational(parsing: try entry["gamma"].string())
      let (mdp, reward): (MDP, Reward)
      if name.hasPrefix("garnet(") {
        let numbers = name.split { !$0.isNumber }.compactMap { Int($0) }
        guard numbers[0] <= 20 else { continue }
        (mdp, reward) = try Garnet(
          stateCount: numbers[0], actionCount: numbers[1], branching: numbers[2], seed: UInt64(numbers[3])
        ).build(discount: Double(gamma))
      } else {
        let problem = try Problem.read(
          from: Reference.path("mdps/toy/\(name).npz"), options: ReadOptions(discount: Double(gamma)))
        mdp = problem.mdp
        reward = try #require(problem.rewards.first)
      }
      let model = try RationalModel(mdp, reward: reward)
      #expect(model.discount == gamma)
      let solution = try ExactSolver().solve(model)
      let wanted = try entry["values"].elements().map { try $0.string() }
      #expect(Array(solution.values.prefix(wanted.count)).map(\.description) == wanted)
      #expect(solution.rounded.guarantee.level == .exactValue)
    }
  }
}

@Suite("Exact solving") struct ExactSolverTests {
  @Test("floating bounds contain the exact values", arguments: [0.5, 0.99, 0.99999]) func bounds(discount: Double)
    throws
  {
    for seed in 0..<20 {
      let random = try RandomProblem(
        seed: seed, states: 6, actions: 3, successors: 3, discount: discount, masked: seed % 2 == 0)
      let reward = Reward(
        name: "r", values: .pair(try Matrix(rowCount: 6, columnCount: 3, elements: random.reward)))
      for direction in Direction.allCases {
        let exact = try ExactSolver().solve(RationalModel(random.mdp, reward: reward), direction: direction)
        // The decimal discount differs from the double by half a unit in the last place: dv/dγ ≤ R / (1 − γ)².
        let reading = 2 * discount.ulp * 2 / ((1 - discount) * (1 - discount))
        let problem = try DiscountedProblem(random.mdp, reward: reward, direction: direction)
        for solution in [
          problem.solve(), ValueIteration(options: SolverOptions(tolerance: .absolute(1e-4))).solve(problem),
          GaussSeidel(options: SolverOptions(tolerance: .absolute(1e-3))).solve(problem),
        ] {
          for (v, t) in zip(solution.values, exact.values) {
            #expect(abs(v - t.double) <= solution.guarantee.errorBound + reading)
          }
          if solution.guarantee.level == .exactPolicy { #expect(solution.policy == exact.rounded.policy) }
        }
      }
    }
  }

  @Test("a third is read as a third, or as its bits") func reading() throws {
    let mdp = try MDP(
      actionCount: 1, transitions: .dense(Matrix(rows: [[1.0 / 3, 2.0 / 3], [0, 1]])), discount: 0.9,
      initialDistribution: [1, 0])
    let reward = Reward(name: "r", values: .state([1, 0]))
    let read = try ExactSolver().solve(RationalModel(mdp, reward: reward))
    #expect(read.values.map(\.description) == ["10/7", "0"])
    #expect(read.objective.description == "10/7")
    let dyadic = try ExactSolver().solve(RationalModel(mdp, reward: reward, reading: .dyadic))
    #expect(dyadic.values != read.values)
    #expect(abs(dyadic.rounded.values[0] - 10.0 / 7) < 1e-15)
  }

  @Test("a small chance of never ending is no chance at all in rationals") func benchmark() throws {
    let path = Reference.path("mdps/qvbs/consensus-2-K2.npz")
    let problem = try Problem.read(from: path, options: ReadOptions(requiresDiscount: false))
    let exact = try #require(problem.exact)
    let model = try RationalModel(
      problem.mdp, probabilities: exact.probabilities,
      rewards: #require(exact.rewards.first.flatMap { $0 }))
    let label = try problem.label(named: "steps_max")
    #expect(try ExactSolver().solve(TotalReward(target: label.states), model).objective.description == "75")
    let disagree = try problem.label(named: "disagree")
    #expect(try ExactSolver().solve(Reachability(target: disagree.states), model).objective.description == "13/120")
  }

  @Test("exact arithmetic breaks a tie that floating point cannot see") func nearTie() throws {
    // Action 1 pays 2⁻⁶⁰ more in state 1, two steps later.
    let mdp = try MDP(
      actionCount: 2,
      transitions: .dense(Matrix(rows: [[0, 1, 0], [0, 0, 1], [1, 0, 0], [1, 0, 0], [1, 0, 0], [1, 0, 0]])),
      discount: 0.5, initialDistribution: [1, 0, 0])
    let reward = Reward(name: "r", values: .pair(try Matrix(rows: [[0, 0], [1, 1], [1 + 0x1p-52, 1]])))
    let solution = try ExactSolver().solve(RationalModel(mdp, reward: reward, reading: .dyadic))
    #expect(solution.rounded.policy[0] == 1)
  }
}
