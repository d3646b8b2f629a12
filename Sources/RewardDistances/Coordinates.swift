internal import LinearAlgebra
internal import MDPs
internal import RealModule

/// Functions on transitions as plain vectors, so that many of them are compared by products of matrices.
extension TransitionWeights {
  /// How a set of functions is laid out as vectors of one length.
  private enum Layout {
    /// One number a pair: all functions are the same for every next state.
    case pairs
    /// The functions are sums of one by pair and one by next state: their L2 norm needs S·A + S numbers.
    case pairsAndNext
    /// One number a possible transition.
    case support
    /// One number a transition.
    case every
  }

  /// The most numbers that the vectors of a set may have together.
  private static let coordinateLimit = 1 << 25

  /// One vector a function, linear in it, whose plain norm of the same order is the weighted norm of the function.
  ///
  /// - Parameters:
  ///   - functions: what to lay out.
  ///   - order: the exponent of the norm.
  /// - Returns: shape (functions, length); nil when no layout is small enough.
  func coordinates(_ functions: [TransitionFunction], order: RewardNorm.Order) -> Matrix? {
    guard order != .zero, let layout = layout(of: functions, order: order) else { return nil }
    let length =
      switch layout {
      case .pairs: scale.count
      case .pairsAndNext: scale.count + mdp.stateCount
      case .support: mdp.transitions.storedCount
      case .every: scale.count * mdp.stateCount
      }
    guard functions.count * length <= Self.coordinateLimit else { return nil }
    var rows: [[Double]] = []
    for f in functions {
      switch layout {
      case .pairs: rows.append(pairs(of: f, order: order))
      case .pairsAndNext: rows.append(pairsAndNext(of: f))
      case .support: rows.append(support(of: f, order: order))
      case .every: rows.append(every(of: f, order: order))
      }
    }
    return try? Matrix(rows: rows)
  }

  private func layout(of functions: [TransitionFunction], order: RewardNorm.Order) -> Layout? {
    switch law {
    case .array: return .every
    case .transitions: return functions.allSatisfy(\.isByPair) ? .pairs : .support
    case .all:
      if functions.allSatisfy(\.isByPair) { return .pairs }
      if order == .two, functions.allSatisfy({ $0.table == .none }) { return .pairsAndNext }
      return .every
    }
  }

  /// The factor of a value of weight w.
  private func factor(_ w: Double, _ order: RewardNorm.Order) -> Double {
    switch order {
    case .one, .infinity: w
    case .two: w.squareRoot()
    case .supremum: w > 0 ? 1 : 0
    case .zero: 0
    }
  }

  private func pairs(of f: TransitionFunction, order: RewardNorm.Order) -> [Double] {
    let copies: Double
    let isByTransition = if case .transitions = law { true } else { false }
    switch order {
    case .one, .two: copies = isByTransition ? 1 : Double(f.stateCount)
    case .infinity, .supremum, .zero: copies = 1
    }
    return f.pair.indices.map { row in
      var w = scale[row] * copies
      if order == .infinity, isByTransition {
        var largest = 0.0
        mdp.transitions.forEachSuccessor(ofRow: row) { _, p in largest = max(largest, p) }
        w = scale[row] * largest
      }
      return factor(w, order) * f.pair[row]
    }
  }

  /// Σ_t (a + n(t))² = S (a + mean n)² + Σ_t (n(t) − mean n)², for every pair of weight w.
  private func pairsAndNext(of f: TransitionFunction) -> [Double] {
    let n = Double(f.stateCount)
    let next = f.next ?? [Double](repeating: 0, count: f.stateCount)
    let mean = next.reduce(0, +) / n
    let total = scale.reduce(0, +).squareRoot()
    return f.pair.indices.map { (scale[$0] * n).squareRoot() * (f.pair[$0] + mean) } + next.map { total * ($0 - mean) }
  }

  private func support(of f: TransitionFunction, order: RewardNorm.Order) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(mdp.transitions.storedCount)
    for row in f.pair.indices {
      mdp.transitions.forEachSuccessor(ofRow: row) { t, p in result.append(factor(scale[row] * p, order) * f[row, t]) }
    }
    return result
  }

  private func every(of f: TransitionFunction, order: RewardNorm.Order) -> [Double] {
    var result = f.dense.elements
    let n = f.stateCount
    for row in f.pair.indices {
      for t in 0..<n {
        switch law {
        case .all: result[row * n + t] *= factor(scale[row], order)
        case .array(let matrix): result[row * n + t] *= scale[row] > 0 ? factor(matrix[row, t], order) : 0
        case .transitions: result[row * n + t] *= factor(scale[row] * mdp.transitions[row, t], order)
        }
      }
    }
    return result
  }
}

/// Distances between the rows of a matrix.
extension Matrix {
  /// Chords |u − v| between rows of unit length (or 0), by one product of matrices.
  ///
  /// Where |u − v|² comes out small against 2, the difference of inner products has lost digits: those chords are taken
  /// from the differences themselves.
  func rowChords() -> Matrix { rowDistancesByGram(sign: -1) }

  /// 2 atan2(|u − v|, |u + v|) between rows of unit length.
  func rowAngles() -> Matrix {
    let (differences, sums) = (rowDistancesByGram(sign: -1), rowDistancesByGram(sign: 1))
    var result = differences
    result.withUnsafeMutableElements { out in
      for k in out.indices { out[k] = 2 * Double.atan2(y: differences.elements[k], x: sums.elements[k]) }
    }
    return result
  }

  /// |u + sign · v| for all pairs of rows.
  private func rowDistancesByGram(sign: Double) -> Matrix {
    let count = rowCount
    var result = rowGram()
    let squares = (0..<count).map { result[$0, $0] }
    result.withUnsafeMutableElements { out in
      // Each worker writes its own rows above the diagonal of `out`, which outlives the loop.
      nonisolated(unsafe) let out = out
      forEachRange(of: count) { range in
        for i in range {
          for j in i..<count {
            let square = squares[i] + squares[j] + 2 * sign * out[i * count + j]
            let isExact = square >= 0.02 * (squares[i] + squares[j])
            out[i * count + j] =
              isExact ? square.squareRoot() : i == j && sign < 0 ? 0 : self.combination(i, j, sign, order: .two)
          }
        }
      }
      for i in 0..<count { for j in 0..<i { out[i * count + j] = out[j * count + i] } }
    }
    return result
  }

  /// The plain norms of the differences of all pairs of rows.
  func rowDistances(order: RewardNorm.Order) -> Matrix {
    var result = Matrix(rowCount: rowCount, columnCount: rowCount)
    let count = rowCount
    result.withUnsafeMutableElements { out in
      // Each worker writes its own rows above the diagonal of `out`, which outlives the loop.
      nonisolated(unsafe) let out = out
      forEachRange(of: count) { range in
        for i in range {
          for j in i..<count where i != j { out[i * count + j] = self.combination(i, j, -1, order: order) }
        }
      }
      for i in 0..<count { for j in 0..<i { out[i * count + j] = out[j * count + i] } }
    }
    return result
  }

  /// ‖row i + sign · row j‖
  private func combination(_ i: Int, _ j: Int, _ sign: Double, order: RewardNorm.Order) -> Double {
    let width = columnCount
    return elements.withUnsafeBufferPointer { x in
      let (first, second) = (i * width, j * width)
      var (total, part) = (0.0, 0.0)
      for k in 0..<width {
        let value = x[first &+ k] + sign * x[second &+ k]
        switch order {
        case .one: part += abs(value)
        case .two: part += value * value
        case .infinity, .supremum: part = max(part, abs(value))
        case .zero: break
        }
        // Sums of parts keep the rounding of long vectors small.
        if k & 1023 == 1023, order == .one || order == .two {
          total += part
          part = 0
        }
      }
      total += part
      return order == .two ? total.squareRoot() : total
    }
  }
}
