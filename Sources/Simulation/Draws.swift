public import RealModule

/// Draws from the distributions that simulations need, for every generator of 64-bit words.
extension RandomNumberGenerator {
  /// A uniform number in [0, 1): the top 53 bits times 2⁻⁵³.
  @inlinable public mutating func uniform() -> Double { Double(next() &>> 11) * 0x1p-53 }

  /// A uniform number in (0, 1).
  @inlinable public mutating func openUniform() -> Double { (Double(next() &>> 12) + 0.5) * 0x1p-52 }

  /// True with probability `p`: the next uniform number is below it. One word.
  @inlinable public mutating func bernoulli(_ p: Double) -> Bool { uniform() < p }

  /// A uniform index in `0..<count`, without bias.
  ///
  /// Source: Lemire, "Fast random integer generation in an interval", ACM TOMACS 29 (2019), arXiv 1805.10941.
  @inlinable public mutating func index(below count: Int) -> Int {
    precondition(count > 0, "an index needs at least one place")
    let bound = UInt64(count)
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
    }
    return Int(product.high)
  }

  /// An index drawn with probability proportional to `weights`, by one pass over them. One word.
  ///
  /// - Parameter weights: Finite, not negative, with a positive sum.
  /// - Returns: The index, counted from 0.
  /// - Complexity: O(n).
  @inlinable public mutating func categorical(_ weights: some Collection<Double>) -> Int {
    var remaining = uniform() * weights.reduce(0, +)
    var last = 0
    var index = 0
    for weight in weights {
      if weight > 0 {
        if remaining < weight { return index }
        last = index
      }
      remaining -= weight
      index += 1
    }
    // Rounding may leave a crumb beyond the last weight.
    return last
  }

  /// A standard exponential number.
  @inlinable public mutating func exponential() -> Double { -Double.log(openUniform()) }

  /// A standard normal number, by the ziggurat of 256 layers.
  ///
  /// Source: Marsaglia and Tsang, "The ziggurat method for generating random variables", J. Stat. Software 5 (2000);
  /// the tail as in Marsaglia (1964).
  @inlinable public mutating func normal() -> Double { normal(Ziggurat.normal) }

  /// The same by a table at hand, for loops over many draws.
  @inlinable public mutating func normal(_ table: Ziggurat) -> Double {
    let bits = next()
    let layer = Int(bits & 255)
    let x = Double(bits &>> 11) * 0x1p-53 * table.edge[layer]
    // Bit 8 is the sign; set as a bit, because a branch on it would be wrong half of the time.
    let signed = Double(bitPattern: x.bitPattern | (bits & 256) &<< 55)
    if x < table.edge[layer &+ 1] { return signed }
    let (edge, after) = Self.normal(table, at: x, layer: layer, isNegative: bits & 256 != 0, self)
    self = after
    return edge
  }

  /// What is drawn when the first try falls into the edge of its layer: one draw of a hundred.
  ///
  /// The generator goes by value, so that loops over draws can keep it in registers.
  @inlinable @inline(never) static func normal(
    _ table: Ziggurat, at first: Double, layer firstLayer: Int, isNegative: Bool, _ generator: Self
  ) -> (Double, Self) {
    var (x, layer, sign, generator) = (first, firstLayer, isNegative ? -1.0 : 1.0, generator)
    while true {
      if layer == 0 {
        var tail = 0.0
        repeat {
          tail = generator.exponential() / Ziggurat.tailStart
        } while 2 * generator.exponential() < tail * tail
        return (sign * (Ziggurat.tailStart + tail), generator)
      }
      let low = table.height[layer], high = table.height[layer &+ 1]
      if low + generator.uniform() * (high - low) < Double.exp(-0.5 * x * x) { return (sign * x, generator) }
      let bits = generator.next()
      layer = Int(bits & 255)
      x = Double(bits &>> 11) * 0x1p-53 * table.edge[layer]
      sign = bits & 256 == 0 ? 1 : -1
      if x < table.edge[layer &+ 1] { return (sign * x, generator) }
    }
  }

  /// A gamma number of the given shape and scale 1.
  ///
  /// Source: Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000); a shape below 1
  /// through Γ(α) = Γ(α + 1) · U^(1/α).
  ///
  /// - Parameter shape: Positive and finite.
  /// - Returns: A number ≥ 0.
  @inlinable public mutating func gamma(shape: Double) -> Double {
    precondition(shape > 0 && shape.isFinite, "a gamma shape is positive and finite")
    if shape < 1 { return gamma(shape: shape + 1) * Double.pow(openUniform(), 1 / shape) }
    let (law, table) = (GammaLaw(shape: shape), Ziggurat.normal)
    while true {
      let x = normal(table)
      let root = 1 + law.c * x
      guard root > 0 else { continue }
      let v = root * root * root
      let u = openUniform()
      let square = x * x
      // ln u < g, where g = −c²x⁴/12 + c³x⁵/15 − … is at least −c²x⁴/12 for x ≥ 0 and that over 1 + c x for x < 0, and
      // 1 + g ≤ exp g: one logarithm in a thousand where the squeeze of the paper, 0.0331 x⁴, takes one in ten.
      if (1 - u) * min(root, 1) > law.q * square * square { return law.d * v }
      if Double.log(u) < 0.5 * square + law.d * (1 - v + Double.log(v)) { return law.d * v }
    }
  }

  /// A gamma number of a law whose constants are known, of one word in 99 cases of 100: for the innermost loops.
  ///
  /// The word gives 44 bits of a normal number, 8 of its layer, its sign, and the first 11 bits of the number u that decides
  /// whether it is accepted; the other bits of u are drawn only where they matter, so that the law is that of
  /// ``gamma(shape:)``.
  @inlinable public mutating func gammaOfOneWord(_ law: GammaLaw, _ table: Ziggurat) -> Double {
    let bits = next()
    let layer = Int(bits & 255)
    let size = Double(bits &>> 20) * 0x1p-44 * table.edge[layer]
    let x = Double(bitPattern: size.bitPattern | (bits & 256) &<< 55)
    let root = 1 + law.c * x
    let square = x * x
    // 1 − u is at least this, whatever the bits to come; the squeeze is that of `gamma(shape:)`, and a root below 0 fails it.
    let room = Double((~bits &>> 9) & 2047) * 0x1p-11
    if size < table.edge[layer &+ 1], room * min(root, 1) > law.q * square * square {
      return law.d * (root * root * root)
    }
    let (value, after) = Self.gamma(law, table, of: bits, self)
    self = after
    return value
  }

  /// The gamma number that starts with the word `first`, by the full test; the generator goes by value, as for normals.
  @inlinable @inline(never) static func gamma(
    _ law: GammaLaw, _ table: Ziggurat, of first: UInt64, _ generator: Self
  ) -> (Double, Self) {
    var (bits, generator) = (first, generator)
    while true {
      let layer = Int(bits & 255)
      let isNegative = bits & 256 != 0
      var x = Double(bits &>> 20) * 0x1p-44 * table.edge[layer]
      if x < table.edge[layer &+ 1] {
        if isNegative { x = -x }
      } else {
        (x, generator) = normal(table, at: x, layer: layer, isNegative: isNegative, generator)
      }
      let root = 1 + law.c * x
      let u = (Double((bits &>> 9) & 2047) + generator.openUniform()) * 0x1p-11
      if root > 0 {
        let v = root * root * root
        if Double.log(u) < 0.5 * x * x + law.d * (1 - v + Double.log(v)) { return (law.d * v, generator) }
      }
      bits = generator.next()
    }
  }

  /// A beta number: X / (X + Y) of two gamma numbers.
  ///
  /// - Parameters:
  ///   - a: Weight of 1, positive and finite.
  ///   - b: Weight of 0, positive and finite.
  /// - Returns: A number in [0, 1].
  @inlinable public mutating func beta(_ a: Double, _ b: Double) -> Double {
    if a >= 1 || b >= 1 {
      let x = gamma(shape: a)
      return x / (x + gamma(shape: b))
    }
    // Two small shapes may both underflow: compare in logarithms. ln Γ(α) = ln Γ(α + 1) + ln U / α.
    let x = Double.log(gamma(shape: a + 1)) + Double.log(openUniform()) / a
    let y = Double.log(gamma(shape: b + 1)) + Double.log(openUniform()) / b
    return 1 / (1 + Double.exp(y - x))
  }

  /// A point of the simplex: a Dirichlet draw.
  ///
  /// - Parameter concentrations: Positive, finite, at least one.
  /// - Returns: As many numbers in [0, 1], whose sum is 1.
  public mutating func dirichlet(_ concentrations: [Double]) -> [Double] {
    var point = concentrations.map { gamma(shape: $0) }
    let total = point.reduce(0, +)
    guard total > 0 else {
      // All draws underflowed, as tiny concentrations do: the limit is a corner.
      let corner = categorical(concentrations)
      return concentrations.indices.map { $0 == corner ? 1 : 0 }
    }
    for i in point.indices { point[i] /= total }
    return point
  }
}

/// A gamma law of scale 1 and a shape of at least 1, with the constants of its sampler.
public struct GammaLaw: Sendable, Equatable {
  /// The shape, at least 1.
  public let shape: Double
  /// shape − 1/3
  @usableFromInline let d: Double
  /// 1 / √(9 d)
  @usableFromInline let c: Double
  /// c² / 12
  @usableFromInline let q: Double

  /// The law of the given shape, at least 1 and finite.
  @inlinable public init(shape: Double) {
    self.shape = shape
    d = shape - 1.0 / 3
    c = 1 / (9 * d).squareRoot()
    q = 1 / (108 * d)
  }
}

/// Edges and heights of the 256 layers of equal area under exp(−x²/2).
///
/// Held in memory that is never freed, so that a draw reads it without reference counts or checks of places.
public struct Ziggurat: @unchecked Sendable {
  @usableFromInline let edge: UnsafePointer<Double>
  @usableFromInline let height: UnsafePointer<Double>

  /// The table of the normal law.
  public static let normal = Ziggurat()

  /// Where the tail begins, for 256 layers.
  @usableFromInline static let tailStart = 3.654152885361009

  private init() {
    let layers = 256
    let edge = UnsafeMutablePointer<Double>.allocate(capacity: layers + 1)
    let height = UnsafeMutablePointer<Double>.allocate(capacity: layers + 1)
    func density(_ x: Double) -> Double { Double.exp(-0.5 * x * x) }
    let area = 0.004928673233974655
    edge[0] = area / density(Self.tailStart)
    edge[1] = Self.tailStart
    for i in 2..<layers { edge[i] = (-2 * Double.log(area / edge[i - 1] + density(edge[i - 1]))).squareRoot() }
    edge[layers] = 0
    for i in 0...layers { height[i] = density(edge[i]) }
    self.edge = UnsafePointer(edge)
    self.height = UnsafePointer(height)
  }
}
