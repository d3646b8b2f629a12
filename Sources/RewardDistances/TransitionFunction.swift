public import LinearAlgebra
internal import MDPs

/// A real function on transitions, kept as a sum that never needs an array of size S·A·S on a sparse model:
///
/// ```
/// f(s, a, t) = pair[s, a] + next[t] + table[s, a, t]
/// ```
///
/// Raw and canonical rewards are of this form: an advantage has only the first term, a shaped reward by pair the first
/// two, and a table stands only where one was given or where the support of the dynamics bounds it.
public struct TransitionFunction: Sendable, Equatable {
  /// The part that depends on all three arguments.
  public enum Table: Sendable, Equatable {
    /// No such part.
    case none
    /// Shape (S·A, S).
    case dense(Matrix)
    /// Shape (S·A, S), 0 where nothing is stored.
    case sparse(SparseRows)
  }

  /// S
  public let stateCount: Int
  /// A
  public let actionCount: Int
  /// The part by state and action, index `s * A + a`, shape (S·A).
  public let pair: [Double]
  /// The part by next state, shape (S); nil when there is none.
  public let next: [Double]?
  /// The part by transition.
  public let table: Table

  /// A function over its parts.
  public init(stateCount: Int, actionCount: Int, pair: [Double], next: [Double]? = nil, table: Table = .none) {
    precondition(pair.count == stateCount * actionCount, "one number a state-action pair is needed")
    precondition(next.map { $0.count == stateCount } ?? true, "one number a state is needed")
    self.stateCount = stateCount
    self.actionCount = actionCount
    self.pair = pair
    self.next = next
    self.table = table
  }

  /// Whether the function is the same for every next state.
  public var isByPair: Bool { next == nil && table == .none }

  /// f at row `row` = s * A + a and next state `t`.
  public subscript(row: Int, t: Int) -> Double {
    let base = pair[row] + (next?[t] ?? 0)
    switch table {
    case .none: return base
    case .dense(let matrix): return base + matrix[row, t]
    case .sparse(let rows): return base + rows[row, t]
    }
  }

  /// Every value, shape (S·A, S). Needs S·A·S doubles.
  public var dense: Matrix {
    var result = Matrix(rowCount: pair.count, columnCount: stateCount)
    for row in pair.indices { for t in 0..<stateCount { result[row, t] = self[row, t] } }
    return result
  }

  /// `a` x + `b` y.
  package static func combination(_ a: Double, _ x: Self, _ b: Double, _ y: Self) -> Self {
    let next: [Double]? =
      switch (x.next, y.next) {
      case (nil, nil): nil
      case (let u?, nil): u.map { a * $0 }
      case (nil, let v?): v.map { b * $0 }
      case (let u?, let v?): combine(a, u, b, v)
      }
    return TransitionFunction(
      stateCount: x.stateCount, actionCount: x.actionCount, pair: combine(a, x.pair, b, y.pair), next: next,
      table: Table.combination(a, x.table, b, y.table))
  }

  /// f plus a number for each pair and each next state.
  func adding(pair: [Double]? = nil, next: [Double]? = nil) -> Self {
    TransitionFunction(
      stateCount: stateCount, actionCount: actionCount,
      pair: pair.map { combine(1, self.pair, 1, $0) } ?? self.pair,
      next: next.map { added in self.next.map { combine(1, $0, 1, added) } ?? added } ?? self.next, table: table)
  }

  /// f + γ Φ(t) − Φ(s).
  package func shaped(by potential: [Double], discount: Double) -> Self {
    var pair = [Double](repeating: 0, count: self.pair.count)
    for s in 0..<stateCount { for a in 0..<actionCount { pair[s * actionCount + a] = -potential[s] } }
    return adding(pair: pair, next: potential.map { discount * $0 })
  }

  /// Σ_t P(t | s, a) f(s, a, t), shape (S·A).
  func expected(in mdp: MDP) -> [Double] {
    var result = pair
    if let next { result = combine(1, result, 1, mdp.transitions.expectation(of: next)) }
    switch table {
    case .none: break
    case .dense(let matrix):
      for row in result.indices {
        mdp.transitions.forEachSuccessor(ofRow: row) { t, p in result[row] += p * matrix[row, t] }
      }
    case .sparse(let rows):
      for row in result.indices {
        for k in rows.positions(ofRow: row) {
          result[row] += mdp.transitions[row, Int(rows.columns[k])] * rows.values[k]
        }
      }
    }
    return result
  }
}

extension TransitionFunction.Table {
  /// The table with 0 in the rows that are picked out.
  func zeroing(_ isPicked: (_ row: Int) -> Bool) -> Self {
    switch self {
    case .none: return .none
    case .dense(var matrix):
      for row in 0..<matrix.rowCount where isPicked(row) {
        for t in 0..<matrix.columnCount { matrix[row, t] = 0 }
      }
      return .dense(matrix)
    case .sparse(let rows):
      var builder = SparseRowsBuilder(columnCount: rows.columnCount, capacity: rows.nonZeroCount)
      for row in 0..<rows.rowCount {
        if !isPicked(row) {
          for k in rows.positions(ofRow: row) { builder.append(column: rows.columns[k], value: rows.values[k]) }
        }
        builder.endRow()
      }
      return .sparse(builder.build())
    }
  }

  fileprivate static func combination(_ a: Double, _ x: Self, _ b: Double, _ y: Self) -> Self {
    switch (x, y) {
    case (.none, .none): .none
    case (.dense(let u), .none): .dense(u.scaled(a))
    case (.none, .dense(let v)): .dense(v.scaled(b))
    case (.sparse(let u), .none): .sparse(u.merged(a, with: nil, 0))
    case (.none, .sparse(let v)): .sparse(v.merged(b, with: nil, 0))
    case (.dense(let u), .dense(let v)): .dense(u.combined(a, with: v, b))
    case (.dense(let u), .sparse(let v)): .dense(u.scaled(a).adding(b, times: v))
    case (.sparse(let u), .dense(let v)): .dense(v.scaled(b).adding(a, times: u))
    case (.sparse(let u), .sparse(let v)): .sparse(u.merged(a, with: v, b))
    }
  }
}

/// `a` x + `b` y, entry by entry.
package func combine(_ a: Double, _ x: [Double], _ b: Double, _ y: [Double]) -> [Double] {
  precondition(x.count == y.count, "the arrays must have the same length")
  return [Double](unsafeUninitializedCapacity: x.count) { out, count in
    x.withUnsafeBufferPointer { x in
      y.withUnsafeBufferPointer { y in
        for i in 0..<x.count { out.initializeElement(at: i, to: a * x[i] + b * y[i]) }
      }
    }
    count = x.count
  }
}

extension Matrix {
  /// A matrix over entries that are known to fit.
  init(sound rowCount: Int, _ columnCount: Int, _ elements: [Double]) {
    do {
      try self.init(rowCount: rowCount, columnCount: columnCount, elements: elements)
    } catch {
      preconditionFailure("\(error)")
    }
  }

  func scaled(_ a: Double) -> Matrix { Matrix(sound: rowCount, columnCount, elements.map { a * $0 }) }

  fileprivate func combined(_ a: Double, with other: Matrix, _ b: Double) -> Matrix {
    Matrix(sound: rowCount, columnCount, combine(a, elements, b, other.elements))
  }

  fileprivate func adding(_ factor: Double, times rows: SparseRows) -> Matrix {
    var result = self
    for i in 0..<rowCount {
      for k in rows.positions(ofRow: i) { result[i, Int(rows.columns[k])] += factor * rows.values[k] }
    }
    return result
  }
}

extension SparseRows {
  /// `a` self + `b` other.
  fileprivate func merged(_ a: Double, with other: SparseRows?, _ b: Double) -> SparseRows {
    var builder = SparseRowsBuilder(columnCount: columnCount, capacity: nonZeroCount)
    for row in 0..<rowCount {
      var i = rowStarts[row]
      var j = other?.rowStarts[row] ?? 0
      let (iEnd, jEnd) = (rowStarts[row + 1], other?.rowStarts[row + 1] ?? 0)
      while i < iEnd || j < jEnd {
        let left = i < iEnd ? columns[i] : Int32.max
        let right = j < jEnd ? (other?.columns[j] ?? Int32.max) : Int32.max
        let column = min(left, right)
        var value = 0.0
        if left == column {
          value += a * values[i]
          i += 1
        }
        if right == column, let other {
          value += b * other.values[j]
          j += 1
        }
        builder.append(column: column, value: value)
      }
      builder.endRow()
    }
    return builder.build()
  }
}
