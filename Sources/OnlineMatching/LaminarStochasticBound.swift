internal import LinearPrograms
internal import RealModule

extension LaminarFamily {
  /// An interval that contains B2 in the limit p → 0, from two linear programs.
  ///
  /// In the limit B2′ lets vertex u be attempted at rate y_u(t) per unit of mass, with Σ_u y_u ≤ 1 and
  /// y_u(t) ≤ 1 − ∫_0^t y_u. The mass of every block is cut into pieces of length h at most 1/`pieces`; d is what y_u gains
  /// in a piece and z what it had before. In both programs Σ_u d_u ≤ h, and
  ///
  /// ```
  /// d / h ≤ 1 − z − d             constant rates, which are feasible: a lower bound
  /// d / (1 − e^(−h)) ≤ 1 − z      what no rates can pass: an upper bound
  /// ```
  ///
  /// Vertices of one set that no child contains share their variables, and so do the same places of equal children, since
  /// averaging over them keeps every row. The interval shrinks as 1/`pieces`.
  ///
  /// Source: derived here from the compact program, see ``MatchingPrograms/stochasticCompact(_:)``.
  /// - Parameter pieces: The number of pieces a unit of mass, at least 1.
  /// - Returns: The lower bound (the duality gap and the programs' tolerance taken off) and the upper bound (from the dual solution, the tolerance added).
  /// - Throws: ``MatchingError/parameter(name:value:needed:)``, or ``MatchingError/linearProgram(name:reason:)``.
  /// - Complexity: two programs of O(Σ over vertices of the mass that they see · `pieces`) rows, fewer by symmetry
  public func stochasticBound(piecesPerUnit pieces: Int) throws(MatchingError) -> ClosedRange<Double> {
    guard pieces >= 1 else {
      throw .parameter(name: "the number of pieces a unit of mass", value: Double(pieces), needed: "at least 1")
    }
    let low = try stochasticProgram(pieces, limit: { (rate: 1 / $0, ownShare: 1) })
    let high = try stochasticProgram(pieces, limit: { (rate: 1 / (1 - Double.exp(-$0)), ownShare: 0) })
    // Feasibility holds to 1e-9 on either side.
    let slack = 1e-8 * Double(size)
    let lower = max(0, low.objective - max(0, low.dualObjective - low.objective) - slack)
    return lower...(max(lower, high.dualObjective) + slack)
  }

  /// Solves the program in which every piece of length h keeps rate · d + ownShare · d + z ≤ 1.
  private func stochasticProgram(
    _ pieces: Int, limit: (Double) -> (rate: Double, ownShare: Double)
  ) throws(MatchingError) -> LinearProgramSolution {
    let solution = try solving(.stochasticConfigurationProgram) { () throws(LinearProgramError) in
      var program = LinearProgram(.maximise)
      // Walks down with the sets around, each told by the rows of its pieces, which are filled as shares are found.
      var rows: [(length: Double, entries: [(column: Int, value: Double)])] = []
      func visit(_ node: LaminarFamily, around: [(rows: Range<Int>, copies: Double)]) throws(LinearProgramError) {
        let pieceCount = max(1, Int((node.mass * Double(pieces)).rounded(.up)))
        let first = rows.count
        if node.mass > 0 {
          for _ in 0..<pieceCount { rows.append((node.mass / Double(pieceCount), [])) }
        }
        let chain = around + [(first..<rows.count, 1)]
        var seen: [LaminarFamily] = []
        for child in node.children where !seen.contains(child) {
          seen.append(child)
          let copies = Double(node.children.count { $0 == child })
          try visit(child, around: chain.map { ($0.rows, $0.copies * copies) })
        }
        let free = node.size - node.children.reduce(0) { $0 + $1.size }
        guard free > 0 else { return }
        // How many vertices share these variables, and their z so far.
        let count = Double(free) * (chain.first?.copies ?? 1)
        var before: Int?
        for set in chain {
          for row in set.rows {
            let (rate, own) = limit(rows[row].length)
            let gain = try program.addColumn(cost: count)
            rows[row].entries.append((gain, Double(free) * set.copies))
            try program.addRow(
              .atMost(1), entries: [(gain, rate + own)] + (before.map { [($0, 1)] } ?? []))
            let taken = try program.addColumn(cost: 0)
            try program.addRow(
              .equal(0), entries: [(taken, 1), (gain, -1)] + (before.map { [($0, -1)] } ?? []))
            before = taken
          }
        }
      }
      try visit(self, around: [])
      for row in rows where !row.entries.isEmpty { try program.addRow(.atMost(row.length), entries: row.entries) }
      return try SimplexMethod(variant: .primal).solve(program)
    }
    return try solution.optimum(of: .stochasticConfigurationProgram)
  }
}
