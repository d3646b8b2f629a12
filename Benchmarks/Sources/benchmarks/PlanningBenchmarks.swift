internal import CPeers
internal import RewardGauge

/// Sweeps and solves of the standard instances, beside a plain C sweep and LAPACK's bare solves.
enum PlanningBenchmarks {
  static let all = [
    Benchmark("planning/bellman-sweep") {
      try [
        "dense-100x4", "dense-500x10", "garnet-1000x4b5", "garnet-2000x10b20", "garnet-100000x4b5", "grid-300",
        "queue-10000", "inventory-500", "car-200",
      ].map(sweep)
    },
    Benchmark("planning/policy-iteration") { try ["dense-500x10", "dense-1000x10"].map(policyIteration) },
    Benchmark("planning/certified-solve") {
      try ["garnet-10000x10b5", "garnet-100000x4b5", "grid-300", "inventory-500", "car-200"].map(certifiedSolve)
    },
    Benchmark("planning/million-states") { [try millionStates()] },
  ]

  private static func problem(_ name: String, discount: Double = 0.99) throws -> DiscountedProblem {
    guard let instance = BenchmarkInstance.named(name) else { fatalError("there is no instance \(name)") }
    let (mdp, reward) = try instance.build(discount: discount)
    return try DiscountedProblem(mdp, reward: reward)
  }

  private static func sweep(_ name: String) throws -> Comparison {
    let problem = try problem(name)
    let mdp = problem.mdp
    let rewards = (0..<(mdp.stateCount * mdp.actionCount)).map { _ in 0.5 }
    let same = try problem.with(pairReward: rewards)
    let v = (0..<mdp.stateCount).map { Double($0 % 17) }
    var out = v
    var greedy = [Int32](repeating: 0, count: mdp.stateCount)
    return .measure(
      name, peer: "C loop, one core", bar: 1.5,
      ours: { same.bellmanUpdate(of: v, threads: 1) },
      theirs: {
        switch mdp.transitions {
        case .sparse(let rows):
          peer_sparse_bellman_sweep(
            mdp.stateCount, mdp.actionCount, mdp.discount, rows.rowStarts, rows.columns, rows.values, rewards, v, &out,
            &greedy)
        case .dense(let matrix):
          peer_dense_bellman_sweep(
            mdp.stateCount, mdp.actionCount, mdp.discount, matrix.elements, rewards, v, &out, &greedy)
        }
      })
  }

  /// The whole proven solve against nothing but its linear systems: as many bare factor-and-solve calls.
  private static func policyIteration(_ name: String) throws -> Comparison {
    let problem = try problem(name)
    let solver = PolicyIteration(options: SolverOptions(tolerance: .absolute(1e-6), threads: 1))
    let iterations = problem.solve(using: solver).iterations
    let n = problem.mdp.stateCount
    let system = Matrix.identity(n).elements.enumerated().map { k, x in x - 0.5 / Double(n) * Double(k % 3) }
    var pivots = [Int32](repeating: 0, count: n)
    peer_one_blas_thread()
    return .measure(
      "\(name), \(iterations) iterations", peer: "dgesv alone, as often", bar: 3,
      ours: { problem.solve(using: solver) },
      theirs: {
        var info: Int32 = 0
        for _ in 0..<iterations {
          var (a, b) = (system, [Double](repeating: 1, count: n))
          info += peer_lapack_solve(Int32(n), &a, &pivots, &b)
        }
        return info
      })
  }

  /// A million states, four actions, five successors each.
  private static func millionStates() throws -> Comparison {
    let garnet = Garnet(stateCount: 1_000_000, actionCount: 4, branching: 5, seed: 1)
    let (mdp, reward) = try garnet.build(discount: 0.99)
    let problem = try DiscountedProblem(mdp, reward: reward)
    let solver = AutomaticSolver(options: SolverOptions(tolerance: .absolute(1e-6)))
    return .measure("garnet-1000000x4b5, error proven at most 1e-6", ours: { problem.solve(using: solver) })
  }

  private static func certifiedSolve(_ name: String) throws -> Comparison {
    let problem = try problem(name)
    let solver = AutomaticSolver(options: SolverOptions(tolerance: .absolute(1e-6)))
    return .measure("\(name), error proven at most 1e-6", ours: { problem.solve(using: solver) })
  }
}
