internal import RealModule
public import MDPs
public import Simulation

extension LinearMixtureMDP {
  /// A mixture of d random kernels: φ = kernels / √d, θ = √d w. The feature radius is 1 and ‖θ‖ ≤ √d.
  ///
  /// Every row of every base kernel and the weights w are uniform draws from a simplex, in the order kernel, state,
  /// action, then w, from one SplitMix64 stream. When a rate is given, every base kernel is (1 − rate) I + rate K: with
  /// rate = c/H the number of moves an episode stays about c whatever H, the family on which horizon-freeness shows
  /// (chosen here).
  ///
  /// - Throws: ``ExplorationError/parameter(name:value:needed:)``.
  public static func randomMixture(
    stateCount: Int, actionCount: Int, dimension: Int, horizon: Int, seed: UInt64, rate: Double? = nil,
    startState: Int = 0
  ) throws(ExplorationError) -> LinearMixtureMDP {
    try requirePositive(stateCount, "states")
    try requirePositive(actionCount, "actions")
    try requirePositive(dimension, "d")
    try requireRate(rate)
    var stream = SplitMix64(seed: seed)
    let (n, d) = (stateCount, dimension)
    let root = Double(d).squareRoot()
    var values = [Double](repeating: 0, count: n * actionCount * d * n)
    for i in 0..<d {
      for pair in 0..<(n * actionCount) {
        for (t, p) in simplex(n, using: &stream).enumerated() {
          let lazy = rate.map { $0 * p + (t == pair / actionCount ? 1 - $0 : 0) } ?? p
          values[(pair * d + i) * n + t] = lazy / root
        }
      }
    }
    let parameter = simplex(d, using: &stream).map { $0 * root }
    let features = try MixtureFeatures(stateCount: n, actionCount: actionCount, dimension: d, values: values)
    return try LinearMixtureMDP(features: features, parameter: parameter, horizon: horizon, startState: startState)
  }

  /// A river of states in a line, cut into zones of unknown currents: the family where undirected exploration fails,
  /// because the far zone's parameters can be learned only by going there (chosen here).
  ///
  /// Action 0 goes left surely; action 1 goes right, stays or goes left with the probabilities of the state's zone,
  /// staying at a border it would cross. d = 3 · zones; block z of θ is √3 times the currents of zone z. Features:
  /// action 1 puts 1/√3 on (component 0, right), (1, stay), (2, left) of its zone's block; action 0 puts it on all three
  /// at the left neighbour. `zoneSizes` says how many states each zone has, from the left, where the episode starts;
  /// `currents` are a zone's probabilities of right, stay and left. When a rate is given, every move happens with this
  /// probability only.
  ///
  /// - Throws: ``ExplorationError``.
  public static func zonedRiver(
    zoneSizes: [Int], currents: [[Double]], horizon: Int, rate: Double? = nil
  ) throws(ExplorationError) -> LinearMixtureMDP {
    for size in zoneSizes { try requirePositive(size, "zone size") }
    guard currents.count == zoneSizes.count, !zoneSizes.isEmpty else {
      throw .shape(of: "currents", expected: [zoneSizes.count, 3], got: [currents.count])
    }
    if let short = currents.first(where: { $0.count != 3 }) {
      throw .shape(of: "currents", expected: [zoneSizes.count, 3], got: [currents.count, short.count])
    }
    try requireRate(rate)
    let zones = zoneSizes.enumerated().flatMap { [Int](repeating: $0.offset, count: $0.element) }
    let (n, d) = (zones.count, 3 * zoneSizes.count)
    let root = 3.0.squareRoot()
    let move = (rate ?? 1) / root
    let stay = (1 - (rate ?? 1)) / root
    var values = [Double](repeating: 0, count: n * 2 * d * n)
    func add(_ state: Int, _ action: Int, _ component: Int, _ next: Int, _ amount: Double) {
      values[((state * 2 + action) * d + 3 * zones[state] + component) * n + next] += amount
    }
    for s in 0..<n {
      for component in 0..<3 {
        for action in 0..<2 { add(s, action, component, s, stay) }
        add(s, 0, component, max(s - 1, 0), move)
        add(s, 1, component, min(max(s + 1 - component, 0), n - 1), move)
      }
    }
    let features = try MixtureFeatures(stateCount: n, actionCount: 2, dimension: d, values: values)
    return try LinearMixtureMDP(
      features: features, parameter: currents.flatMap { $0.map { $0 * root } }, horizon: horizon)
  }

  /// Any kernel as a linear mixture of dimension S²A: φ[s, a, (s, a, t), t] = 1/√S, θ = √S P, so that
  /// ‖φ_V‖² = Σ_t V_t²/S ≤ 1 (derived).
  /// More than `limit` feature entries, of which there are S⁴A², are refused.
  ///
  /// - Throws: ``ExplorationError/tooLarge(what:count:limit:)``, ``ExplorationError/parameter(name:value:needed:)``.
  public static func tabular(
    _ kernel: TransitionKernel, horizon: Int, startState: Int = 0, limit: Int = 1 << 27
  ) throws(ExplorationError) -> LinearMixtureMDP {
    let (n, pairs) = (kernel.stateCount, kernel.stateCount * kernel.actionCount)
    let d = pairs * n
    let (count, overflow) = d.multipliedReportingOverflow(by: d)
    guard !overflow, count <= limit else {
      throw .tooLarge(what: "a tabular model as a mixture", count: overflow ? .max : count, limit: limit)
    }
    let root = Double(n).squareRoot()
    var values = [Double](repeating: 0, count: count)
    for pair in 0..<pairs {
      for t in 0..<n { values[(pair * d + pair * n + t) * n + t] = 1 / root }
    }
    let features = try MixtureFeatures(
      stateCount: n, actionCount: kernel.actionCount, dimension: d, values: values)
    return try LinearMixtureMDP(
      features: features, parameter: kernel.probabilities.map { $0 * root }, horizon: horizon, startState: startState)
  }

  /// A model with all actions available everywhere, as a linear mixture of dimension S²A.
  ///
  /// - Throws: as ``tabular(_:horizon:startState:limit:)``.
  public static func tabular(_ mdp: MDP, horizon: Int, startState: Int = 0) throws(ExplorationError)
    -> LinearMixtureMDP
  {
    try tabular(try TransitionKernel(mdp), horizon: horizon, startState: startState)
  }

  /// The instance behind the lower bounds: three states, one action a sign vector of length d − 1.
  ///
  /// From state 0 action a leads to state 2 with probability p₀ + ⟨μ, a⟩ and to state 1 otherwise, μ = Δ · signs; both
  /// absorb. Reward 1/H in state 2. With n = d − 1, α = 1/√(1 + nΔ), β = √(Δ/(1 + nΔ)):
  ///
  /// ```
  /// φ(1 | 0, a) = (α (1 − p₀), −β a),  φ(2 | 0, a) = (α p₀, β a),  φ(j | j) = (α, 0),  θ = (1/α, μ/β)
  /// ```
  ///
  /// so that ‖θ‖ = 1 + nΔ and the feature radius is at most 1. Found: Zhou & Gu 2022 (arXiv 2205.11507) through the
  /// dissertation; α and β recalled and verified. `gap` is Δ > 0 with nΔ ≤ p₀ = `base`; the n `signs` are −1 or 1. Actions are ordered
  /// lexicographically, −1 first, the last coordinate fastest.
  ///
  /// - Throws: ``ExplorationError/parameter(name:value:needed:)``, ``ExplorationError/shape(of:expected:got:)``.
  public static func hardInstance(
    dimension: Int, horizon: Int, gap: Double, signs: [Double], base: Double = 1.0 / 6
  ) throws(ExplorationError) -> LinearMixtureMDP {
    let n = dimension - 1
    guard (2...16).contains(dimension) else {
      throw .parameter(name: "d", value: Double(dimension), needed: "from 2 to 16, as there are 2^(d - 1) actions")
    }
    guard signs.count == n else { throw .shape(of: "signs", expected: [n], got: [signs.count]) }
    if let sign = signs.first(where: { abs($0) != 1 }) {
      throw .parameter(name: "sign", value: sign, needed: "-1 or 1")
    }
    guard base > 0, base < 1 else { throw .parameter(name: "p0", value: base, needed: "strictly between 0 and 1") }
    guard gap > 0, Double(n) * gap <= min(base, 1 - base) else {
      throw .parameter(
        name: "Delta", value: gap,
        needed: "positive and at most \(min(base, 1 - base) / Double(n)), which is p0/(d - 1)")
    }
    let total = 1 + Double(n) * gap
    let (alpha, beta) = ((1 / total).squareRoot(), (gap / total).squareRoot())
    let actionCount = 1 << n
    var values = [Double](repeating: 0, count: 3 * actionCount * dimension * 3)
    func set(_ state: Int, _ action: Int, _ i: Int, _ next: Int, _ value: Double) {
      values[((state * actionCount + action) * dimension + i) * 3 + next] = value
    }
    for action in 0..<actionCount {
      set(0, action, 0, 1, alpha * (1 - base))
      set(0, action, 0, 2, alpha * base)
      for i in 0..<n {
        let sign: Double = action >> (n - 1 - i) & 1 == 1 ? 1 : -1
        set(0, action, i + 1, 1, -beta * sign)
        set(0, action, i + 1, 2, beta * sign)
      }
      for s in 1...2 { set(s, action, 0, s, alpha) }
    }
    let features = try MixtureFeatures(stateCount: 3, actionCount: actionCount, dimension: dimension, values: values)
    return try LinearMixtureMDP(
      features: features, parameter: [1 / alpha] + signs.map { gap * $0 / beta }, horizon: horizon)
  }

  private static func requireRate(_ rate: Double?) throws(ExplorationError) {
    if let rate, !(rate > 0 && rate <= 1) {
      throw .parameter(name: "rate", value: rate, needed: "above 0 and at most 1")
    }
  }
}

/// A uniform draw from the simplex of `count` weights: exponentials −ln(1 − u), normalised.
///
/// Takes `count` uniforms in order.
public func simplex(_ count: Int, using stream: inout SplitMix64) -> [Double] {
  let draws = (0..<count).map { _ in -Double.log(onePlus: -stream.uniform()) }
  let total = draws.reduce(0, +)
  return draws.map { $0 / total }
}
