internal import LinearAlgebra
internal import MDPs

/// Weights W(s, a, t) ≥ 0 on transitions, in a form that needs no array of size S·A·S.
struct TransitionWeights: Sendable {
  enum Law: Sendable {
    /// W = scale
    case all
    /// W = scale · P
    case transitions
    /// W = the array
    case array(Matrix)
  }

  /// One factor a pair, shape (S·A); 0 for actions that are not available.
  let scale: [Double]
  let law: Law
  let mdp: MDP

  /// Calls `body(weight, value)` on the transitions of one row that carry weight; in the law `.all` only where `f` is
  /// dense, the caller treats the rest in closed form.
  private func forEachOfRow(_ row: Int, of f: TransitionFunction, _ body: (_ weight: Double, _ value: Double) -> Void) {
    let w = scale[row]
    guard w > 0 else { return }
    switch law {
    case .all:
      for t in 0..<f.stateCount { body(w, f[row, t]) }
    case .transitions:
      mdp.transitions.forEachSuccessor(ofRow: row) { t, p in body(w * p, f[row, t]) }
    case .array(let matrix):
      for t in 0..<f.stateCount { body(matrix[row, t], f[row, t]) }
    }
  }

  /// ‖f‖ with these weights.
  ///
  /// - Complexity: O(S A) for functions by pair under `.all`, O(S A log S + stored) where no dense table stands, O(stored
  ///   transitions) under `.transitions`, O(S² A) otherwise.
  func norm(_ f: TransitionFunction, order: RewardNorm.Order) -> Double {
    let plain = plainNorm(f, order: order)
    guard order == .two, !(plain > 1e-140 && plain < 1e140) else { return plain }
    // The squares may have left the range of a double: measure against the largest value.
    let largest = plainNorm(f, order: .supremum)
    guard largest > .leastNormalMagnitude, largest.isFinite else { return plain }
    let zero = TransitionFunction(
      stateCount: f.stateCount, actionCount: f.actionCount, pair: [Double](repeating: 0, count: f.pair.count))
    return largest * plainNorm(.combination(1 / largest, f, 0, zero), order: .two)
  }

  private func plainNorm(_ f: TransitionFunction, order: RewardNorm.Order) -> Double {
    if order == .zero { return 1 }
    if f.isByPair, let value = normOfPairs(f, order: order) { return value }
    if case .all = law {
      switch f.table {
      case .dense(let matrix): return denseNorm(f, matrix, order: order)
      case .none, .sparse: return structuredNorm(f, order: order)
      }
    }
    let accumulator = rowAccumulator(order)
    var total = Accumulator(order)
    for row in f.pair.indices {
      var part = accumulator
      forEachOfRow(row, of: f) { w, x in part.add(w, x) }
      total.merge(part)
    }
    return total.value
  }

  /// Σ W f, compensated.
  func sum(_ f: TransitionFunction) -> Double {
    var total = CompensatedSum()
    if case .all = law {
      let nextSum = f.next?.reduce(0, +) ?? 0
      for row in f.pair.indices where scale[row] > 0 {
        var part = Double(f.stateCount) * f.pair[row] + nextSum
        switch f.table {
        case .none: break
        case .dense(let matrix): part += matrix.row(row).reduce(0, +)
        case .sparse(let rows): for k in rows.positions(ofRow: row) { part += rows.values[k] }
        }
        total.add(scale[row] * part)
      }
      return total.value
    }
    for row in f.pair.indices {
      var part = 0.0
      forEachOfRow(row, of: f) { w, x in part += w * x }
      total.add(part)
    }
    return total.value
  }

  /// Σ W
  var total: Double {
    sum(
      TransitionFunction(
        stateCount: mdp.stateCount, actionCount: mdp.actionCount,
        pair: [Double](repeating: 1, count: mdp.stateCount * mdp.actionCount)))
  }

  private func normOfPairs(_ f: TransitionFunction, order: RewardNorm.Order) -> Double? {
    let copies: Double
    switch law {
    case .all: copies = Double(f.stateCount)
    case .transitions: copies = 1
    case .array: return nil
    }
    var total = Accumulator(order)
    for (row, x) in f.pair.enumerated() where scale[row] > 0 {
      switch order {
      case .one, .two: total.add(scale[row] * copies, x)
      case .supremum: total.add(scale[row], x)
      case .infinity:
        if case .transitions = law {
          var largest = 0.0
          mdp.transitions.forEachSuccessor(ofRow: row) { _, p in largest = max(largest, p) }
          total.add(scale[row] * largest, x)
        } else {
          total.add(scale[row], x)
        }
      case .zero: break
      }
    }
    return total.value
  }

  private func denseNorm(_ f: TransitionFunction, _ matrix: Matrix, order: RewardNorm.Order) -> Double {
    let next = f.next ?? [Double](repeating: 0, count: f.stateCount)
    var total = Accumulator(order)
    let n = f.stateCount
    matrix.elements.withUnsafeBufferPointer { table in
      next.withUnsafeBufferPointer { next in
        for (row, base) in f.pair.enumerated() where scale[row] > 0 {
          let start = row * n
          var part = 0.0
          switch order {
          case .one: for t in 0..<n { part += abs(base + next[t] + table[start + t]) }
          case .two:
            for t in 0..<n {
              let x = base + next[t] + table[start + t]
              part += x * x
            }
          case .infinity, .supremum: for t in 0..<n { part = max(part, abs(base + next[t] + table[start + t])) }
          case .zero: break
          }
          total.addPower(order == .supremum ? part : scale[row] * part)
        }
      }
    }
    return total.value
  }

  /// Under W = scale, without a dense table: the sum over t of |pair + next[t]|ᵖ in closed form, corrected at the stored
  /// entries of the sparse table.
  private func structuredNorm(_ f: TransitionFunction, order: RewardNorm.Order) -> Double {
    let n = f.stateCount
    let next = f.next ?? [Double](repeating: 0, count: n)
    // Only the sums of squares need no order.
    let sorted = order == .two ? Array(next.indices) : next.indices.sorted { next[$0] < next[$1] }
    var prefix = [0.0]
    prefix.reserveCapacity(n + 1)
    var running = CompensatedSum()
    for t in sorted {
      running.add(next[t])
      prefix.append(running.value)
    }
    let nextSum = running.value
    let mean = nextSum / Double(n)
    let spread = next.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    var rows: SparseRows?
    if case .sparse(let stored) = f.table { rows = stored }
    var total = Accumulator(order)
    for (row, base) in f.pair.enumerated() where scale[row] > 0 {
      let positions = rows?.positions(ofRow: row) ?? 0..<0
      var part = 0.0
      switch order {
      case .one:
        var (low, high) = (0, n)
        while low < high {
          let middle = (low + high) / 2
          if base + next[sorted[middle]] < 0 { low = middle + 1 } else { high = middle }
        }
        part = (nextSum - prefix[low]) + Double(n - low) * base - (prefix[low] + Double(low) * base)
        for k in positions {
          part += abs(base + next[column(rows, k)] + value(rows, k)) - abs(base + next[column(rows, k)])
        }
        part = max(part, 0)
      case .two:
        part = Double(n) * (base + mean) * (base + mean) + spread
        for k in positions {
          let (x, y) = (base + next[column(rows, k)], value(rows, k))
          part += y * (2 * x + y)
        }
        part = max(part, 0)
      case .infinity, .supremum:
        for k in positions { part = max(part, abs(base + next[column(rows, k)] + value(rows, k))) }
        let isFree = { (t: Int) in !positions.contains { self.column(rows, $0) == t } }
        if let t = sorted.first(where: isFree) { part = max(part, abs(base + next[t])) }
        if let t = sorted.last(where: isFree) { part = max(part, abs(base + next[t])) }
      case .zero: break
      }
      total.addPower(order == .supremum ? part : scale[row] * part)
    }
    return total.value
  }

  private func column(_ rows: SparseRows?, _ k: Int) -> Int { rows.map { Int($0.columns[k]) } ?? 0 }
  private func value(_ rows: SparseRows?, _ k: Int) -> Double { rows?.values[k] ?? 0 }
  private func rowAccumulator(_ order: RewardNorm.Order) -> Accumulator { Accumulator(order) }
}

/// A sum that keeps what rounding would lose. Source: Neumaier, ZAMM 54 (1974).
struct CompensatedSum: Sendable {
  private var sum = 0.0
  private var lost = 0.0

  mutating func add(_ x: Double) {
    let next = sum + x
    lost += abs(sum) >= abs(x) ? (sum - next) + x : (x - next) + sum
    sum = next
  }

  var value: Double { sum + lost }
}

/// The running value of Σ W |X|ᵖ or max W |X|.
private struct Accumulator {
  let order: RewardNorm.Order
  private var sum = CompensatedSum()
  private var largest = 0.0

  init(_ order: RewardNorm.Order) { self.order = order }

  mutating func add(_ w: Double, _ x: Double) {
    switch order {
    case .one: sum.add(w * abs(x))
    case .two: sum.add(w * x * x)
    case .infinity: largest = max(largest, w * abs(x))
    case .supremum: if w > 0 { largest = max(largest, abs(x)) }
    case .zero: break
    }
  }

  /// Adds a row's Σ W |X|ᵖ (or its maximum) as it is.
  mutating func addPower(_ part: Double) {
    switch order {
    case .one, .two: sum.add(part)
    case .infinity, .supremum: largest = max(largest, part)
    case .zero: break
    }
  }

  mutating func merge(_ part: Accumulator) {
    addPower(part.order == .two || part.order == .one ? part.sum.value : part.largest)
  }

  var value: Double {
    switch order {
    case .one: sum.value
    case .two: sum.value.squareRoot()
    case .infinity, .supremum: largest
    case .zero: 1
    }
  }
}
