import LinearAlgebra
import Testing

@Suite("Sparse rows") struct SparseRowsTests {
  @Test("triplets in any order, duplicates added") func triplets() throws {
    let rows = try SparseRows(
      rowCount: 3, columnCount: 4,
      triplets: [
        .init(row: 2, column: 3, value: 1), .init(row: 0, column: 2, value: 5), .init(row: 2, column: 0, value: -1),
        .init(row: 2, column: 3, value: 2), .init(row: 0, column: 1, value: 4),
      ])
    #expect(rows.rowStarts == [0, 2, 2, 4])
    #expect(rows.columns == [1, 2, 0, 3])
    #expect(rows.values == [4, 5, -1, 3])
    #expect(rows[2, 3] == 3 && rows[1, 1] == 0)
  }

  @Test("random triplets against a dense sum") func randomTriplets() throws {
    var random = TestRandom(seed: 11)
    var dense = Matrix(rowCount: 20, columnCount: 15)
    var triplets: [SparseRows.Triplet] = []
    for _ in 0..<400 {
      let entry = SparseRows.Triplet(row: random.below(20), column: random.below(15), value: random.uniform())
      triplets.append(entry)
      dense[entry.row, entry.column] += entry.value
    }
    #expect(try SparseRows(rowCount: 20, columnCount: 15, triplets: triplets).dense == dense)
  }

  @Test("transposing twice is the identity; once exchanges the entries") func transpose() throws {
    var random = TestRandom(seed: 12)
    let a = try random.sparse(40, 30, perRow: 4)
    #expect(try a.transposed().dense == a.dense.transposed)
    #expect(try a.transposed().transposed() == a)
    let empty = try SparseRows(rowCount: 0, columnCount: 3, triplets: [])
    #expect(try empty.transposed().rowCount == 3)
  }

  @Test("row scaling, row selection and I − γ A") func derived() throws {
    var random = TestRandom(seed: 13)
    let a = try random.sparse(12, 12, perRow: 3)
    let factors = random.vector(12)
    #expect(try a.scalingRows(by: factors).dense == a.dense.scalingRows(by: factors))
    let chosen = try a.selectingRows([3, 3, 0])
    #expect(chosen.dense == (try Matrix(rows: [3, 3, 0].map { Array(a.dense.row($0)) })))
    let system = try a.identityMinus(scaledBy: 0.5)
    for i in 0..<12 { for j in 0..<12 { #expect(system[i, j] == (i == j ? 1 : 0) - 0.5 * a[i, j]) } }
    #expect((0..<12).allSatisfy { i in system.positions(ofRow: i).contains { system.columns[$0] == Int32(i) } })
    #expect(SparseRows.identity(4).dense == .identity(4))
    #expect(try SparseRows(rowCount: 2, columnCount: 2, triplets: []).identityMinus(scaledBy: 1) == .identity(2))
  }

  @Test("malformed input is named") func errors() {
    #expect(throws: LinearAlgebraError.malformedRows(array: "triplets", position: 1, reason: "row 2 of 2")) {
      try SparseRows(
        rowCount: 2, columnCount: 2,
        triplets: [.init(row: 0, column: 0, value: 1), .init(row: 2, column: 0, value: 1)])
    }
    #expect(throws: LinearAlgebraError.malformedRows(array: "triplets", position: 0, reason: "column -1 of 2")) {
      try SparseRows(rowCount: 2, columnCount: 2, triplets: [.init(row: 0, column: -1, value: 1)])
    }
    #expect(throws: LinearAlgebraError.malformedRows(array: "rows", position: 1, reason: "row 5 of 2")) {
      try SparseRows.identity(2).selectingRows([0, 5])
    }
    #expect(throws: LinearAlgebraError.malformedRows(array: "rowStarts", position: 0, reason: "it is 1, but must be 0"))
    {
      try SparseRows(rowCount: 1, columnCount: 1, rowStarts: [1, 1], columns: [0], values: [1])
    }
    #expect(throws: LinearAlgebraError.shape(of: "columns", expected: [1], got: [2])) {
      try SparseRows(rowCount: 1, columnCount: 1, rowStarts: [0, 1], columns: [0, 0], values: [1])
    }
    #expect(throws: LinearAlgebraError.malformedRows(array: "columns", position: 0, reason: "column 1 of 1")) {
      try SparseRows(rowCount: 1, columnCount: 1, rowStarts: [0, 1], columns: [1], values: [1])
    }
    #expect(throws: LinearAlgebraError.malformedRows(array: "rowStarts", position: 2, reason: "row starts must ascend"))
    {
      try SparseRows(rowCount: 3, columnCount: 1, rowStarts: [0, 1, 0, 1], columns: [0], values: [1])
    }
  }
}
