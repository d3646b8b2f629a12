internal import LinearPrograms
internal import RealModule

/// The benchmark programs with one variable an edge (or an edge and outcome). N_u are the neighbours of u.
///
/// Each takes the copies of vertices with capacities above 1.
public enum MatchingPrograms {
  /// The largest number of edges for ``paths(_:)``, whose size doubles with each.
  public static let pathEdgeLimit = 10

  /// B0, the matching program (budgeted allocation, expectation program):
  ///
  /// ```
  /// maximise  Σ w_u p_uv x_uv
  /// Σ_v p_uv x_uv ≤ 1 for each u,  Σ_u x_uv ≤ 1 for each v,  x ≥ 0
  /// ```
  ///
  /// Arrivals with the same edges and probabilities share their variables: averaging over them keeps every row.
  ///
  /// Source: Mehta, Panigrahi (2012), section 2; Huang, Zhang (arXiv 2002.01802).
  /// - Throws: ``MatchingError/linearProgram(name:reason:)``.
  public static func matching(_ original: MatchingInstance) throws(MatchingError) -> BenchmarkValue {
    let instance = original.withUnitCapacities.instance
    var kinds: [[MatchingInstance.Edge]: Int] = [:]
    var counts: [Int] = []
    var edges: [[MatchingInstance.Edge]] = []
    for arrival in instance.arrivals where !arrival.isEmpty {
      if let kind = kinds[arrival] {
        counts[kind] += 1
      } else {
        kinds[arrival] = counts.count
        counts.append(1)
        edges.append(arrival)
      }
    }
    let solution = try solving(.matchingProgram) { () throws(LinearProgramError) in
      var program = LinearProgram(.maximise)
      var used = [[(column: Int, value: Double)]](repeating: [], count: instance.offlineCount)
      for (arrival, count) in zip(edges, counts) {
        var entries: [(column: Int, value: Double)] = []
        for edge in arrival {
          let column = try program.addColumn(cost: instance.weights[edge.offline] * edge.probability)
          entries.append((column, 1))
          used[edge.offline].append((column, edge.probability))
        }
        try program.addRow(.atMost(Double(count)), entries: entries)
      }
      for entries in used where !entries.isEmpty { try program.addRow(.atMost(1), entries: entries) }
      return try program.solve()
    }
    return BenchmarkValue(try solution.optimum(of: .matchingProgram))
  }

  /// B2′, the compact form of the stochastic configuration program; y_uv is the probability that (u, v) is attempted:
  ///
  /// ```
  /// maximise  Σ w_u p_uv y_uv
  /// y_uv + Σ_{v' ∈ N_u before v} p_uv' y_uv' ≤ 1 for each edge,  Σ_u y_uv ≤ 1 for each v,  y ≥ 0
  /// ```
  ///
  /// The prefix sums are variables of their own, so that the program has O(E) coefficients.
  /// - Throws: ``MatchingError/linearProgram(name:reason:)``.
  public static func stochasticCompact(_ instance: MatchingInstance) throws(MatchingError) -> BenchmarkValue {
    let solution = try solving(.stochasticCompactProgram) { () throws(LinearProgramError) in
      try stochasticCompactMethod.solve(stochasticCompactProgram(EdgeLayout(instance)))
    }
    return BenchmarkValue(try solution.optimum(of: .stochasticCompactProgram))
  }

  /// How B2′ is solved: the dual simplex method meets ties at nearly every pivot and takes ten times as long.
  static let stochasticCompactMethod = SimplexMethod(variant: .primal)

  /// B2′ as a program, whose first columns are the edges.
  static func stochasticCompactProgram(_ layout: EdgeLayout) throws(LinearProgramError) -> LinearProgram {
    var program = try layout.program()
    for edges in layout.byOffline {
      // open: the chance that u has not succeeded before v; y_uv ≤ open, and it falls by p_uv y_uv.
      var open: Int?
      for (k, edge) in edges.enumerated() {
        if k > 0 {
          let next = try program.addColumn(cost: 0)
          let before = edges[k - 1]
          let fall = (column: before, value: layout.edges[before].probability)
          if let open {
            try program.addRow(.equal(0), entries: [(next, 1), (open, -1), fall])
          } else {
            try program.addRow(.equal(1), entries: [(next, 1), fall])
          }
          open = next
        }
        if let open {
          try program.addRow(.atMost(0), entries: [(edge, 1), (open, -1)])
        } else {
          try program.addRow(.atMost(1), entries: [(edge, 1)])
        }
      }
    }
    return program
  }

  /// B3, the subset program, valid for any order of attempts, by cutting planes:
  ///
  /// ```
  /// maximise  Σ w_u p_uv y_uv
  /// Σ_{v ∈ S} p_uv y_uv ≤ 1 − Π_{v ∈ S} (1 − p_uv) for each u and S ⊆ N_u,  Σ_u y_uv ≤ 1 for each v,  y ≥ 0
  /// ```
  ///
  /// For one u the most violated S is a prefix of N_u by descending p_uv y_uv / −ln(1 − p_uv), or all of N_u where some
  /// p_uv = 1. Cuts are added until none is violated by more than 1e-9.
  /// - Throws: ``MatchingError/linearProgram(name:reason:)``.
  public static func subset(_ instance: MatchingInstance) throws(MatchingError) -> BenchmarkValue {
    let layout = EdgeLayout(instance)
    let (solution, violation, rounds) = try solving(.subsetProgram) { () throws(LinearProgramError) in
      var program = try layout.program()
      for edges in layout.byOffline where !edges.isEmpty { try layout.addCut(edges, to: &program) }
      var solution = try program.solve()
      var rounds = 1
      while solution.status == .optimal {
        let cuts = layout.byOffline.compactMap { layout.violatedSubset(of: $0, at: solution.primal) }
        guard !cuts.isEmpty else { break }
        for cut in cuts { try layout.addCut(cut, to: &program) }
        solution = try program.solve(from: solution.basis)
        rounds += 1
      }
      let violation = layout.byOffline.reduce(0) { $0 + layout.mostViolated($1, at: solution.primal).violation }
      return (solution, violation, rounds)
    }
    _ = try solution.optimum(of: .subsetProgram)
    // Scaling y of each u down to meet its last violations of the rows costs no more than their sum times the weight.
    let largest = instance.weights.reduce(0) { max($0, $1) }
    return BenchmarkValue(
      value: solution.objective, lower: solution.objective - largest * violation, upper: solution.dualObjective,
      rounds: rounds)
  }

  /// B4, the path-based program: one variable an edge and outcome of all other edges, since a plan may look at everything
  /// but the outcome of the edge it attempts.
  ///
  /// ```
  /// maximise  Σ w_u p_uv Σ_ω' P(ω') x_uv(ω')   (ω' the outcome of the edges other than uv)
  /// for each outcome ω: Σ_v x_uv(ω) 1[uv succeeds in ω] ≤ 1 for each u,  Σ_u x_uv(ω) ≤ 1 for each v,  x ≥ 0
  /// ```
  ///
  /// Source: Goyal, Udwani (arXiv 1905.12778), section 3.
  /// - Throws: ``MatchingError/tooLarge(what:size:limit:instead:)`` above 10 edges, or
  ///   ``MatchingError/linearProgram(name:reason:)``.
  public static func paths(_ instance: MatchingInstance) throws(MatchingError) -> BenchmarkValue {
    let layout = EdgeLayout(instance)
    let edges = layout.edges
    guard edges.count <= pathEdgeLimit else {
      throw .tooLarge(
        what: "the number of edges", size: Double(edges.count), limit: Double(pathEdgeLimit),
        instead: "use lp-stochastic-compact or lp-subset")
    }
    let solution = try solving(.pathProgram) { () throws(LinearProgramError) in
      var program = LinearProgram(.maximise)
      let outcomes = (0..<(1 << edges.count)).map { outcome in
        edges.enumerated().reduce(1.0) {
          $0 * (outcome & (1 << $1.offset) != 0 ? $1.element.probability : 1 - $1.element.probability)
        }
      }
      // z = P(ω') x, so that costs keep their size; column[e][outcome with e's bit cleared].
      var column = [[Int: Int]](repeating: [:], count: edges.count)
      for (e, edge) in edges.enumerated() {
        for rest in outcomes.indices where rest & (1 << e) == 0 && outcomes[rest] + outcomes[rest | 1 << e] > 0 {
          column[e][rest] = try program.addColumn(cost: layout.weights[edge.offline] * edge.probability)
        }
      }
      for (outcome, probability) in outcomes.enumerated() where probability > 0 {
        // P(ω) / P(ω') is p_uv or 1 − p_uv.
        func entry(_ e: Int) -> (column: Int, value: Double)? {
          guard let j = column[e][outcome & ~(1 << e)] else { return nil }
          return (j, outcome & (1 << e) != 0 ? edges[e].probability : 1 - edges[e].probability)
        }
        for members in layout.byOffline {
          let successes = members.filter { outcome & (1 << $0) != 0 }.compactMap(entry)
          if !successes.isEmpty { try program.addRow(.atMost(probability), entries: successes) }
        }
        for members in layout.byArrival where !members.isEmpty {
          try program.addRow(.atMost(probability), entries: members.compactMap(entry))
        }
      }
      return try program.solve()
    }
    return BenchmarkValue(try solution.optimum(of: .pathProgram))
  }
}

/// The edges of an instance numbered by arrival, as the columns of a program.
struct EdgeLayout {
  let weights: [Double]
  let edges: [MatchingInstance.Edge]
  let byArrival: [[Int]]
  /// The edges of each offline vertex in order of arrival.
  let byOffline: [[Int]]

  init(_ original: MatchingInstance) {
    let instance = original.withUnitCapacities.instance
    weights = instance.weights
    edges = instance.arrivals.flatMap { $0 }
    var byArrival: [[Int]] = []
    var byOffline = [[Int]](repeating: [], count: instance.offlineCount)
    var next = 0
    for arrival in instance.arrivals {
      byArrival.append(Array(next..<(next + arrival.count)))
      for edge in arrival {
        byOffline[edge.offline].append(next)
        next += 1
      }
    }
    self.byArrival = byArrival
    self.byOffline = byOffline
  }

  /// maximise Σ w_u p_uv y_uv with Σ_u y_uv ≤ 1 for each arrival that has edges; column e is edge e.
  func program() throws(LinearProgramError) -> LinearProgram {
    var program = LinearProgram(.maximise)
    for edge in edges { try program.addColumn(cost: weights[edge.offline] * edge.probability) }
    for members in byArrival where !members.isEmpty {
      try program.addRow(.atMost(1), entries: members.map { ($0, 1) })
    }
    return program
  }

  /// 1 − Π (1 − p) over some edges of one offline vertex.
  func successProbability(_ members: [Int]) -> Double { 1 - members.reduce(1) { $0 * (1 - edges[$1].probability) } }

  func addCut(_ members: [Int], to program: inout LinearProgram) throws(LinearProgramError) {
    try program.addRow(
      .atMost(successProbability(members)), entries: members.sorted().map { ($0, edges[$0].probability) })
  }

  /// The subset row of one offline vertex that the point y violates most, and by how much (0 when by none).
  func mostViolated(_ members: [Int], at y: [Double]) -> (subset: [Int], violation: Double) {
    func ratio(_ e: Int) -> Double {
      let p = edges[e].probability
      return p * y[e] / -Double.log(onePlus: -p)
    }
    let uncertain = members.filter { edges[$0].probability < 1 && y[$0] > 0 }
      .map { (edge: $0, ratio: ratio($0)) }.sorted { ($0.ratio, $1.edge) > ($1.ratio, $0.edge) }.map(\.edge)
    var best: (count: Int, violation: Double) = (0, 0)
    var mass = 0.0
    var failure = 1.0
    for (k, e) in uncertain.enumerated() {
      mass += edges[e].probability * y[e]
      failure *= 1 - edges[e].probability
      if mass - (1 - failure) > best.violation { best = (k + 1, mass - (1 - failure)) }
    }
    if uncertain.count < members.count, members.contains(where: { edges[$0].probability == 1 }) {
      let violation = members.reduce(0) { $0 + edges[$1].probability * y[$1] } - 1
      if violation > best.violation { return (members, violation) }
    }
    return (Array(uncertain.prefix(best.count)), best.violation)
  }

  func violatedSubset(of members: [Int], at y: [Double]) -> [Int]? {
    let worst = mostViolated(members, at: y)
    return worst.violation > 1e-9 ? worst.subset : nil
  }
}
