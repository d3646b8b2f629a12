internal import CPeers
internal import RewardGauge

/// The kernels that everything else stands on, beside plain C loops and direct library calls.
enum LinearAlgebraBenchmarks {
  static let all = [
    Benchmark("linear-algebra/sparse-times-vector") {
      try [(rows: 20_000, columns: 2000, perRow: 5), (20_000, 2000, 50), (1_000_000, 100_000, 5)].map(sparseTimesVector)
    },
    Benchmark("linear-algebra/dense-times-vector") {
      try [(rows: 2000, columns: 200), (20_000, 2000)].map(denseTimesVector)
    },
    Benchmark("linear-algebra/solve") { try [5, 50, 200, 1000].map(solve) },
    Benchmark("linear-algebra/rank-one-update") { try [16, 64, 256].map(rankOneUpdate) },
    Benchmark("linear-algebra/inverse-quadratic-form") { try [16, 64, 256].map(inverseQuadraticForm) },
    Benchmark("linear-algebra/exact-solve") { try [100, 200, 400].map(exactSolve) },
    Benchmark("linear-algebra/krylov") { try [10_000, 100_000].map(krylov) },
  ]

  private static func sparseTimesVector(_ size: (rows: Int, columns: Int, perRow: Int)) throws -> Comparison {
    var generator = BenchmarkGenerator(seed: 1)
    var builder = SparseRowsBuilder(columnCount: size.columns, capacity: size.rows * size.perRow)
    for _ in 0..<size.rows {
      for column in Set((0..<size.perRow).map { _ in generator.below(size.columns) }).sorted() {
        builder.append(column: Int32(column), value: generator.uniform())
      }
      builder.endRow()
    }
    let matrix = builder.build()
    let x = (0..<size.columns).map { _ in generator.uniform() }
    var out = [Double](repeating: 0, count: size.rows)
    return try .measure(
      "\(size.rows) rows, \(size.perRow) a row", peer: "C loop, one core", bar: 1.5,
      ours: { try matrix.multiplied(by: x, workers: 1) },
      theirs: {
        peer_sparse_times_vector(size.rows, matrix.rowStarts, matrix.columns, matrix.values, x, &out)
        return out[0]
      })
  }

  private static func denseTimesVector(_ size: (rows: Int, columns: Int)) throws -> Comparison {
    var generator = BenchmarkGenerator(seed: 2)
    let matrix = generator.matrix(size.rows, size.columns)
    let x = (0..<size.columns).map { _ in generator.uniform() }
    var out = [Double](repeating: 0, count: size.rows)
    return try .measure(
      "\(size.rows) × \(size.columns)", peer: "C loop, one core", bar: 1.5,
      ours: { try matrix.multiplied(by: x, workers: 1) },
      theirs: {
        peer_dense_times_vector(size.rows, size.columns, matrix.elements, x, &out)
        return out[0]
      })
  }

  private static func solve(_ order: Int) throws -> Comparison {
    var generator = BenchmarkGenerator(seed: 3)
    let matrix = generator.matrix(order, order)
    let b = (0..<order).map { _ in generator.uniform() }
    peer_one_blas_thread()
    var pivots = [Int32](repeating: 0, count: order)
    return try .measure(
      "order \(order)", peer: "dgesv", bar: order < 200 ? nil : 1.2, ours: { try LUFactorisation(matrix).solve(b) },
      theirs: {
        var (a, x) = (matrix.elements, b)
        let info = peer_lapack_solve(Int32(order), &a, &pivots, &x)
        return (info, x[0])
      })
  }

  private static func rankOneUpdate(_ order: Int) throws -> Comparison {
    var generator = BenchmarkGenerator(seed: 4)
    let x = (0..<order).map { _ in generator.uniform() }
    var factors = try CholeskyFactorisation(order: order, identityTimes: 1)
    var upper = Matrix.identity(order).elements
    return try .measure(
      "order \(order)", peer: "C loop", bar: 1.5, ours: { try factors.addOuterProduct(x) },
      theirs: {
        var rest = x
        peer_rank_one_update(order, &upper, &rest)
      })
  }

  private static func inverseQuadraticForm(_ order: Int) throws -> Comparison {
    var generator = BenchmarkGenerator(seed: 5)
    let x = (0..<order).map { _ in generator.uniform() }
    var factors = try CholeskyFactorisation(order: order, identityTimes: 1)
    for _ in 0..<order { try factors.addOuterProduct((0..<order).map { _ in generator.uniform() }) }
    let upper = factors.lower.transposed.elements
    return try .measure(
      "order \(order)", peer: "C loop", bar: 1.5, ours: { try factors.inverseQuadraticForm(x) },
      theirs: {
        var rest = x
        return peer_inverse_quadratic_form(order, upper, &rest)
      })
  }

  /// (I − 0.99 P) v = r with five successors a state and probabilities of 30 bits, in rationals.
  private static func exactSolve(_ order: Int) throws -> Comparison {
    var generator = BenchmarkGenerator(seed: 6)
    var rows: [[ExactLinearSolver.Entry]] = []
    var right: [Rational] = []
    var (integers, integerRight) = ([Int](repeating: 0, count: order * order), [Int](repeating: 0, count: order))
    for i in 0..<order {
      let weights = (0..<5).map { _ in generator.below(1 << 28) + 1 }
      let total = weights.reduce(0, +)
      let reward = generator.below(1000)
      var row = [ExactLinearSolver.Entry(column: i, value: 1)]
      integers[i * order + i] += 100 * total
      for weight in weights {
        let column = generator.below(order)
        row.append(.init(column: column, value: try Rational(Integer(-99 * weight), over: Integer(100 * total))))
        integers[i * order + column] -= 99 * weight
      }
      rows.append(row)
      right.append(Rational(reward))
      integerRight[i] = reward * 100 * total
    }
    return try .measure(
      "\(order) states, 30 bits", peer: "FLINT, dense", bar: 1.5,
      ours: { try ExactLinearSolver(rows: rows).solve(right) },
      theirs: { peer_flint_dixon(order, integers, integerRight) })
  }

  /// (I − 0.999 P) v = r to a relative residual of 1e-10, five successors a state.
  private static func krylov(_ order: Int) throws -> Comparison {
    var generator = BenchmarkGenerator(seed: 7)
    var builder = SparseRowsBuilder(columnCount: order, capacity: order * 5)
    for _ in 0..<order {
      let columns = Set((0..<5).map { _ in generator.below(order) }).sorted()
      for column in columns { builder.append(column: Int32(column), value: 1 / Double(columns.count)) }
      builder.endRow()
    }
    let matrix = try builder.build().identityMinus(scaledBy: 0.999)
    let b = (0..<order).map { _ in generator.uniform() }
    let target = ResidualTarget(relative: 1e-10)
    return try .measure(
      "\(order) states", peer: "GMRES(50), ILU(0)",
      ours: { try BiCGStab(target: target).solve(matrix, b, preconditioner: ILU0(matrix)).converged },
      theirs: { try GMRES(target: target).solve(matrix, b, preconditioner: ILU0(matrix)).converged })
  }
}

/// Numbers for made-up instances: splitmix64 (Steele, Lea and Flood, OOPSLA 2014).
struct BenchmarkGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  private mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// In [0, 1).
  mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// In 0..<`bound`.
  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// Entries in [0, 1).
  mutating func matrix(_ rows: Int, _ columns: Int) -> Matrix {
    var result = Matrix(rowCount: rows, columnCount: columns)
    result.withUnsafeMutableElements { out in for k in out.indices { out[k] = uniform() } }
    return result
  }
}
