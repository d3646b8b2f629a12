internal import LinearAlgebra

/// max over proper non-empty subsets f of the states of ‖Φ(s, a) f‖_{Σ⁻¹}, for every pair.
///
/// It bounds the one-step error of a model for every value function in [0, 1]^S: that error is convex in the function,
/// hence largest at the indicator of a subset, and it is 0 at the full set because both parameters respect the mass
/// equalities (derived; so the centres have to be projected).
public struct SubsetUncertainty: Sendable, Equatable {
  /// The maximum of each pair, shape (S, A).
  public internal(set) var values: [Double]
  /// A maximiser for each pair as an indicator, shape (S, A, S): the first in the order of subsets as binary numbers with
  /// state 0 the most significant bit.
  public internal(set) var subsets: [Double]
  /// Whether all subsets were looked at; otherwise ``values`` are lower bounds of the maxima.
  public let isExact: Bool

  /// The largest number of states whose subsets are enumerated.
  public static let enumerationLimit = 12
  /// A later subset has to be larger by this to be taken.
  static let margin = 1e-12

  init(_ whitened: WhitenedFeatures, pairCount: Int) {
    let n = whitened.stateCount
    values = .init(repeating: 0, count: pairCount)
    subsets = .init(repeating: 0, count: pairCount * n)
    isExact = n <= Self.enumerationLimit
    if isExact { enumerate(whitened, pairCount) } else { ascend(whitened, pairCount) }
  }

  private mutating func enumerate(_ whitened: WhitenedFeatures, _ pairCount: Int) {
    let (n, d) = (whitened.stateCount, whitened.dimension)
    let full = (1 << n) - 1
    guard full > 1 else { return }
    // Σ over the subset numbered `code` of the columns of L⁻¹ Φ: that of the code without its lowest bit, plus a column.
    withUnsafeTemporaryAllocation(of: Double.self, capacity: full * d) { sums in
      sums.initialize(repeating: 0)
      whitened.values.withUnsafeBufferPointer { w in
        for pair in 0..<pairCount {
          var (best, bestNorm, bestCode) = (0.0, 0.0, 1)
          for code in 1..<full {
            let t = n &- 1 &- code.trailingZeroBitCount
            let (from, to) = ((code & (code &- 1)) &* d, code &* d)
            var square = 0.0
            for i in 0..<d {
              let sum = sums[from &+ i] + w[(pair &* d &+ i) &* n &+ t]
              sums[to &+ i] = sum
              square += sum * sum
            }
            if square > best {
              bestNorm = square.squareRoot()
              bestCode = code
              best = (bestNorm + Self.margin) * (bestNorm + Self.margin)
            }
          }
          values[pair] = bestNorm
          for t in 0..<n { subsets[pair &* n &+ t] = bestCode >> (n &- 1 &- t) & 1 == 1 ? 1 : 0 }
        }
      }
    }
  }

  /// Monotone ascent f ← 1[Φᵀ Σ⁻¹ Φ f > 0] from all singletons and the signs of the d leading directions of Φ.
  private mutating func ascend(_ whitened: WhitenedFeatures, _ pairCount: Int) {
    let (n, d) = (whitened.stateCount, whitened.dimension)
    for pair in 0..<pairCount {
      let columns = (0..<n).map { t in (0..<d).map { whitened.values[(pair * d + $0) * n + t] } }
      func image(_ subset: [Double]) -> [Double] {
        (0..<d).map { i in (0..<n).reduce(0) { $0 + subset[$1] * columns[$1][i] } }
      }
      var starts = (0..<n).map { t in (0..<n).map { $0 == t ? 1.0 : 0 } }
      for direction in Self.leadingDirections(columns) {
        let signs = columns.map { column in zip(column, direction).reduce(0) { $0 + $1.0 * $1.1 } }
        starts.append(signs.map { $0 > 0 ? 1 : 0 })
        starts.append(signs.map { $0 > 0 ? 0 : 1 })
      }
      for var subset in starts {
        var norm = -1.0
        while true {
          let here = image(subset)
          let size = (1..<n).contains(Int(subset.reduce(0, +))) ? squaredNorm(here).squareRoot() : -1
          guard size > norm + Self.margin else { break }
          norm = size
          if norm > values[pair] + Self.margin {
            values[pair] = norm
            for t in 0..<n { subsets[pair * n + t] = subset[t] }
          }
          subset = columns.map { column in zip(column, here).reduce(0) { $0 + $1.0 * $1.1 } > 0 ? 1 : 0 }
        }
      }
    }
  }

  /// Eigenvectors of Σ_t (column t)(column t)ᵀ.
  private static func leadingDirections(_ columns: [[Double]]) -> [[Double]] {
    let d = columns.first?.count ?? 0
    var gram = Matrix(rowCount: d, columnCount: d)
    for column in columns { for i in 0..<d { for j in 0..<d { gram[i, j] += column[i] * column[j] } } }
    guard let decomposition = try? SymmetricEigendecomposition(gram) else { return [] }
    return (0..<d).map { Array(decomposition.eigenvectorRows.row($0)) }
  }

  /// Upper bounds of the maxima by the triangle inequality: Σ_t ‖L⁻¹ φ(t | s, a)‖. Shape (S, A).
  static func triangleBounds(_ whitened: WhitenedFeatures, pairCount: Int) -> [Double] {
    let (n, d) = (whitened.stateCount, whitened.dimension)
    return (0..<pairCount).map { pair in
      (0..<n).reduce(0) { sum, t in
        sum + squaredNorm((0..<d).map { whitened.values[(pair * d + $0) * n + t] }).squareRoot()
      }
    }
  }

  /// max_f ‖L⁻¹ Φ f‖₁ over all subsets f, by the 2^d sign vectors σ: max_σ Σ_t (σᵀ L⁻¹ Φ)_t⁺. Between the maxima and √d
  /// times them. Shape (S, A). It is convex maximisation, not a linear program as a source has it.
  ///
  /// - Complexity: O(S² A d 2^d)
  static func l1Surrogate(_ whitened: WhitenedFeatures, pairCount: Int) -> [Double] {
    let (n, d) = (whitened.stateCount, whitened.dimension)
    return (0..<pairCount).map { pair in
      var best = 0.0
      for code in 0..<(1 << d) {
        var sum = 0.0
        for t in 0..<n {
          var entry = 0.0
          for i in 0..<d {
            let value = whitened.values[(pair * d + i) * n + t]
            entry += code >> i & 1 == 1 ? value : -value
          }
          sum += max(0, entry)
        }
        best = max(best, sum)
      }
      return best
    }
  }
}
