internal import LinearAlgebra
internal import MDPs
internal import MDPSolvers
internal import RealModule

/// The world that a sample of transitions describes, and distances between its two rewards there.
///
/// The distinct transitions of the sample are *listed*; their rewards are the means of what was read off. Probabilities are
/// relative frequencies, the policy of VAL is uniform over the actions seen in a state, and a state that is never left is
/// absorbing with reward 0. Sums over all transitions, as in EPIC's means and in norms without weights, run over the
/// listed ones; functions by pair count each pair once a state. A table that lists every transition with its probability as
/// weight therefore gives the exact distances.
struct SampledWorld: Sendable {
  /// Transitions by index, in the order of (s, a, s').
  private let next: [Int]
  private let mass: [Double]
  /// The transitions of each pair.
  private let pairStarts: [Int]
  private let pairState: [Int]
  private let pairAction: [Int]
  /// The pairs of each state.
  private let stateStarts: [Int]
  private let pairMass: [Double]
  private let rewards: [[Double]]
  private let stateCount: Int
  private let discount: Double
  private let totalMass: Double

  /// The states that are never left.
  let absorbingCount: Int

  /// How the transitions of a sample are sorted: once for all resamples.
  struct Index: Sendable {
    /// Rows in the order of (s, a, s').
    let order: [Int]

    init(_ samples: TransitionSamples) {
      order = (0..<samples.count).sorted { i, j in
        (samples.states[i], samples.actions[i], samples.nextStates[i], i)
          < (samples.states[j], samples.actions[j], samples.nextStates[j], j)
      }
    }
  }

  /// The world of `samples`, row i taken `copies[i]` times (once when nil).
  init(
    _ samples: TransitionSamples, _ index: Index, copies: [Int]? = nil, discount: Double
  ) throws(RewardDistanceError) {
    let rows = index.order.filter { copies?[$0] ?? 1 > 0 }
    var numbers = Set(rows.map { samples.states[$0] }).union(rows.map { samples.nextStates[$0] }).sorted()
    if numbers.isEmpty { numbers = [0] }
    let number = Dictionary(uniqueKeysWithValues: numbers.enumerated().map { ($0.element, $0.offset) })
    var (next, mass): ([Int], [Double]) = ([], [])
    var sums: [[Double]] = [[], []]
    var (pairStarts, pairState, pairAction, pairMass): ([Int], [Int], [Int], [Double]) = ([], [], [], [])
    var position = 0
    while position < rows.count {
      let row = rows[position]
      let (s, a, t) = (samples.states[row], samples.actions[row], samples.nextStates[row])
      var (weight, copiesSeen) = (0.0, 0.0)
      var (weighted, plain) = ([0.0, 0.0], [0.0, 0.0])
      while position < rows.count, samples.states[rows[position]] == s, samples.actions[rows[position]] == a,
        samples.nextStates[rows[position]] == t
      {
        let i = rows[position]
        let m = Double(copies?[i] ?? 1)
        let w = m * (samples.weights?[i] ?? 1)
        weight += w
        copiesSeen += m
        for (r, x) in [samples.first[i], samples.second[i]].enumerated() {
          weighted[r] += w * x
          plain[r] += m * x
        }
        position += 1
      }
      let state = number[s] ?? 0
      if pairState.last != state || pairAction.last != a {
        pairStarts.append(next.count)
        pairState.append(state)
        pairAction.append(a)
        pairMass.append(0)
      }
      next.append(number[t] ?? 0)
      mass.append(weight)
      pairMass[pairMass.count - 1] += weight
      for r in 0..<2 { sums[r].append(weight > 0 ? weighted[r] / weight : plain[r] / copiesSeen) }
    }
    pairStarts.append(next.count)
    self.next = next
    self.mass = mass
    self.pairStarts = pairStarts
    self.pairState = pairState
    self.pairAction = pairAction
    self.pairMass = pairMass
    rewards = sums
    stateCount = numbers.count
    self.discount = discount
    totalMass = pairMass.reduce(0, +)
    var starts: [Int] = []
    for (k, s) in pairState.enumerated() { while starts.count <= s { starts.append(k) } }
    while starts.count <= stateCount { starts.append(pairState.count) }
    stateStarts = starts
    absorbingCount = (0..<numbers.count).count { s in
      (starts[s]..<starts[s + 1]).allSatisfy { pairMass[$0] == 0 }
    }
  }

  // MARK: Distances

  /// The distance between the two rewards.
  ///
  /// - Throws: ``RewardDistanceError/notEstimable(distance:)``
  func distance(_ distance: RewardDistance) throws(RewardDistanceError) -> Double {
    switch distance {
    case .half(let whole): return try self.distance(whole) / 2
    case .standardised(let canonicalisation, let norm, let metric):
      let forms = [try form(canonicalisation, 0, distance), try form(canonicalisation, 1, distance)]
      let weights = try weights(norm.weighting, distance)
      var units: [Form] = []
      for (r, form) in forms.enumerated() {
        let order: RewardNorm.Order = metric == .angle ? .two : norm.order
        let size = isNought(form, r, canonicalisation) ? 0 : self.norm(form, weights, order)
        units.append(size > 0 ? form.scaled(1 / size) : form.scaled(0))
      }
      switch metric {
      case .norm(let m): return self.norm(units[0].minus(units[1]), try self.weights(m.weighting, distance), m.order)
      case .angle:
        let zeros = units.count(where: \.isZero)
        if zeros > 0 { return zeros == 2 ? 0 : .pi / 2 }
        return 2
          * Double.atan2(
            y: self.norm(units[0].minus(units[1]), weights, .two),
            x: self.norm(units[0].minus(units[1].scaled(-1)), weights, .two))
      }
    case .pearson(let canonicalisation, let weighting):
      let weights = try weights(weighting, distance)
      return correlation(
        [try form(canonicalisation, 0, distance).values, try form(canonicalisation, 1, distance).values], rewards,
        weights)
    case .spearman:
      let ranks = rewards.map { averageRanks($0) }
      return correlation(ranks, ranks, .listed)
    default: throw .notEstimable(distance: distance.name)
    }
  }

  /// A function on the listed transitions.
  private struct Form {
    /// One number a listed transition.
    let values: [Double]
    /// One number a pair, where the function is the same for every next state.
    let pairs: [Double]?

    var isZero: Bool { values.allSatisfy { $0 == 0 } }
    func scaled(_ a: Double) -> Form { Form(values: values.map { a * $0 }, pairs: pairs?.map { a * $0 }) }
    func minus(_ other: Form) -> Form {
      Form(
        values: combine(1, values, -1, other.values),
        pairs: pairs.flatMap { p in other.pairs.map { combine(1, p, -1, $0) } })
    }
  }

  /// The weights of norms: each listed transition once, divided by their number, by frequency given the pair, or by
  /// frequency in the sample.
  private enum Weights { case listed, mean, conditional, coverage }

  private func weights(
    _ weighting: RewardNorm.Weighting, _ distance: RewardDistance
  ) throws(RewardDistanceError) -> Weights {
    switch weighting {
    case .unit: .listed
    case .uniform: .mean
    case .transitions: .conditional
    case .custom: .coverage
    case .occupancy: throw .notEstimable(distance: distance.name)
    }
  }

  private func weight(_ i: Int, _ k: Int, _ weights: Weights) -> Double {
    switch weights {
    case .listed: 1
    case .mean: 1 / Double(next.count)
    case .conditional: pairMass[k] > 0 ? mass[i] / pairMass[k] : 0
    case .coverage: mass[i] / totalMass
    }
  }

  private func norm(_ form: Form, _ weights: Weights, _ order: RewardNorm.Order) -> Double {
    var terms: [(w: Double, x: Double)] = []
    if let pairs = form.pairs, weights == .listed || weights == .mean {
      // As if every next state were listed.
      let seen = pairs.indices.filter { pairMass[$0] > 0 }
      let entries = Double(seen.count * stateCount)
      let w = weights == .mean ? 1 / entries : 1
      let copies = order == .one || order == .two ? Double(stateCount) : 1
      terms = seen.map { (w * copies, pairs[$0]) }
    } else {
      for k in pairState.indices {
        for i in pairStarts[k]..<pairStarts[k + 1] { terms.append((weight(i, k, weights), form.values[i])) }
      }
    }
    switch order {
    case .zero: return 1
    case .one:
      var sum = CompensatedSum()
      for (w, x) in terms { sum.add(w * abs(x)) }
      return sum.value
    case .two:
      var sum = CompensatedSum()
      for (w, x) in terms { sum.add(w * x * x) }
      return max(0, sum.value).squareRoot()
    case .infinity: return terms.reduce(0) { max($0, $1.w * abs($1.x)) }
    case .supremum: return terms.reduce(0) { $1.w > 0 ? max($0, abs($1.x)) : $0 }
    }
  }

  /// Whether a canonical form is 0 up to rounding, against the size of the raw reward.
  private func isNought(_ form: Form, _ r: Int, _ canonicalisation: Canonicalisation) -> Bool {
    let raw = norm(Form(values: rewards[r], pairs: nil), .listed, .two)
    let size = norm2(form.pairs ?? form.values)
    return canonicalisation == .none ? raw == 0 : size <= 1e-10 * max(raw, .leastNonzeroMagnitude)
  }

  private func correlation(_ x: [[Double]], _ raw: [[Double]], _ weights: Weights) -> Double {
    var w: [Double] = []
    for k in pairState.indices { for i in pairStarts[k]..<pairStarts[k + 1] { w.append(weight(i, k, weights)) } }
    let total = w.reduce(0, +)
    let units = x.enumerated().map { r, x -> [Double]? in
      let mean = zip(w, x).reduce(0) { $0 + $1.0 * $1.1 } / total
      let centred = x.indices.map { w[$0].squareRoot() * (x[$0] - mean) }
      let size = norm2(centred)
      let rawSize = norm2(raw[r].indices.map { w[$0].squareRoot() * raw[r][$0] })
      return size > 1e-10 * rawSize && size > 0 ? centred.map { $0 / size } : nil
    }
    switch (units[0], units[1]) {
    case (nil, nil): return 0
    case (let u?, let v?): return min(1, 0.5 * norm2(combine(1, u, -1, v)))
    default: return 0.5.squareRoot()
    }
  }

  // MARK: Canonical forms

  private func form(
    _ canonicalisation: Canonicalisation, _ r: Int, _ distance: RewardDistance
  ) throws(RewardDistanceError) -> Form {
    switch canonicalisation {
    case .none: return Form(values: rewards[r], pairs: nil)
    case .epic: return epic(r)
    case .dard: return dard(r)
    case .valueAdjustedLevelling:
      let (expected, values) = try policyValues(r)
      let future = pairState.indices.map { k in
        discount * mean(of: pairStarts[k]..<pairStarts[k + 1]) { values[next[$0]] }
      }
      let pairs = pairState.indices.map { expected[$0] + future[$0] - values[pairState[$0]] }
      return Form(values: spread(pairs), pairs: pairs)
    case .valuePotential: return shaped(r, by: try policyValues(r).values)
    default: throw .notEstimable(distance: distance.name)
    }
  }

  private func spread(_ pairs: [Double]) -> [Double] {
    var result: [Double] = []
    for (k, x) in pairs.enumerated() { for _ in pairStarts[k]..<pairStarts[k + 1] { result.append(x) } }
    return result
  }

  /// R + γ Φ(s') − Φ(s) + `constant`
  private func shaped(_ r: Int, by potential: [Double], constant: Double = 0) -> Form {
    var values = rewards[r]
    for k in pairState.indices {
      for i in pairStarts[k]..<pairStarts[k + 1] {
        values[i] += discount * potential[next[i]] - potential[pairState[k]] + constant
      }
    }
    return Form(values: values, pairs: nil)
  }

  /// The mean of `x` over listed transitions of one pair, by their frequencies; 0 where none was seen.
  private func mean(of range: Range<Int>, _ x: (Int) -> Double) -> Double {
    var (sum, total) = (0.0, 0.0)
    for i in range where mass[i] > 0 {
      sum += mass[i] * x(i)
      total += mass[i]
    }
    return total > 0 ? sum / total : 0
  }

  private func expected(_ r: Int) -> [Double] {
    pairState.indices.map { k in mean(of: pairStarts[k]..<pairStarts[k + 1]) { rewards[r][$0] } }
  }

  /// r(s, a) and the values of the uniform policy.
  private func policyValues(_ r: Int) throws(RewardDistanceError) -> (expected: [Double], values: [Double]) {
    guard discount < 1 else { throw .undiscounted(quantity: "the value of a policy") }
    let expected = expected(r)
    var chain = SparseRowsBuilder(columnCount: stateCount)
    var rewardOfState: [Double] = []
    for s in 0..<stateCount {
      let pairs = (stateStarts[s]..<stateStarts[s + 1]).filter { pairMass[$0] > 0 }
      var row: [Int: Double] = [:]
      for k in pairs {
        for i in pairStarts[k]..<pairStarts[k + 1] where mass[i] > 0 {
          row[next[i], default: 0] += mass[i] / pairMass[k] / Double(pairs.count)
        }
      }
      if pairs.isEmpty { row[s] = 1 }
      rewardOfState.append(pairs.isEmpty ? 0 : pairs.reduce(0) { $0 + expected[$1] } / Double(pairs.count))
      for (t, p) in row.sorted(by: { $0.key < $1.key }) { chain.append(column: Int32(t), value: p) }
      chain.endRow()
    }
    let rows = chain.build()
    let mdp = try model { () throws(MDPError) in
      try MDP(actionCount: 1, transitions: .sparse(rows), discount: discount)
    }
    let evaluation = try solver { () throws(SolverError) in
      try PolicyEvaluation(of: .uniform(for: mdp), in: mdp, method: mdp.linearMethod)
    }
    return (expected, evaluation.values(pairReward: rewardOfState))
  }

  /// R + γ m(s') − m(s) − γ m̄, m(s) the mean over actions of the mean over listed next states.
  private func epic(_ r: Int) -> Form {
    let means = (0..<stateCount).map { s -> Double in
      let pairs = stateStarts[s]..<stateStarts[s + 1]
      guard !pairs.isEmpty else { return 0 }
      let sum = pairs.reduce(0.0) { sum, k in
        let range = pairStarts[k]..<pairStarts[k + 1]
        return sum + range.reduce(0) { $0 + rewards[r][$1] } / Double(range.count)
      }
      return sum / Double(pairs.count)
    }
    let grand = means.reduce(0, +) / Double(stateCount)
    return shaped(r, by: means, constant: -discount * grand)
  }

  /// R + γ g(s') − g(s) − γ h(s, s'), with the listed transitions standing for those that h reads.
  private func dard(_ r: Int) -> Form {
    let expected = expected(r)
    let seen = (0..<stateCount).map { s in (stateStarts[s]..<stateStarts[s + 1]).filter { pairMass[$0] > 0 } }
    let means = seen.map { pairs in pairs.isEmpty ? 0 : pairs.reduce(0) { $0 + expected[$1] } / Double(pairs.count) }
    /// The next states of s under an action, with their frequencies; itself where s is never left.
    func successors(_ s: Int, _ action: Int) -> [(next: Int, probability: Double)]? {
      if seen[s].isEmpty { return [(s, 1)] }
      guard let k = seen[s].first(where: { pairAction[$0] == action }) else { return nil }
      return (pairStarts[k]..<pairStarts[k + 1]).filter { mass[$0] > 0 }.map { (next[$0], mass[$0] / pairMass[k]) }
    }
    func listed(_ x: Int, _ action: Int, _ y: Int) -> Double? {
      if stateStarts[x] == stateStarts[x + 1] { return 0 }
      guard let k = (stateStarts[x]..<stateStarts[x + 1]).first(where: { pairAction[$0] == action }) else { return nil }
      var (low, high) = (pairStarts[k], pairStarts[k + 1])
      while low < high {
        let middle = (low + high) / 2
        if next[middle] < y { low = middle + 1 } else { high = middle }
      }
      return low < pairStarts[k + 1] && next[low] == y ? rewards[r][low] : nil
    }
    var known: [Int: Double] = [:]
    func twoSteps(_ s: Int, _ t: Int) -> Double {
      if let value = known[s * stateCount + t] { return value }
      var (sum, count) = (0.0, 0.0)
      for k in seen[s] {
        guard let xs = successors(s, pairAction[k]), let ys = successors(t, pairAction[k]) else { continue }
        var (inner, weight) = (0.0, 0.0)
        for (x, p) in xs {
          for (y, q) in ys {
            guard let reward = listed(x, pairAction[k], y) else { continue }
            inner += p * q * reward
            weight += p * q
          }
        }
        if weight > 0 {
          sum += inner / weight
          count += 1
        }
      }
      let value = count > 0 ? sum / count : 0
      known[s * stateCount + t] = value
      return value
    }
    var values = shaped(r, by: means).values
    for k in pairState.indices {
      for i in pairStarts[k]..<pairStarts[k + 1] { values[i] -= discount * twoSteps(pairState[k], next[i]) }
    }
    return Form(values: values, pairs: nil)
  }
}
