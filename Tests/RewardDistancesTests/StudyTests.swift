import Reports
import RewardDistances
import Testing

@Suite("Studies of papers") struct StudyTests {
  static func small() -> StarcStudy {
    var study = StarcStudy()
    (study.environmentCount, study.pairCount, study.stepCount, study.stateCount) = (4, 2, 2, 8)
    return study
  }

  @Test("an interrupted run resumes to the same numbers, on any number of threads") func resume() throws {
    let study = Self.small()
    let whole = try study.run(workers: 1)
    nonisolated(unsafe) var rows: [Int: [Double]] = [:]
    var first = study
    first.environmentCount = 2
    _ = try first.run(workers: 1) { rows[$0] = $1 }
    #expect(rows.keys.sorted() == [0, 1] && rows[0]?.count == study.rowWidth)
    nonisolated(unsafe) var made: [Int] = []
    let resumed = try study.run(workers: 2, recorded: rows) { environment, _ in made.append(environment) }
    #expect(resumed == whole)
    #expect(made.sorted() == [2, 3])
    #expect(whole.comparisonCount + whole.droppedCount == 16)
    #expect(whole.worstCaseOverRange.lowerBound >= 0.5 - 1e-9 && whole.worstCaseOverRange.upperBound <= 1 + 1e-9)
  }

  @Test("the failure family, the sweep and the files of the report") func report() throws {
    var study = Self.small()
    study.distances = try ["range", "VAL-2-2", "EPIC-2-2"].map { try RewardDistance(name: $0) }
    let opposites = try ["EPIC", "DARD", "VAL-2-2", "range"].map { try RewardDistance(name: $0) }
    let failures = try study.failureFamily(sizes: [1, 1e3, 1e6], distances: opposites)
    for point in failures {
      #expect(abs(point.regret - 1) < 1e-8 && abs(point.opposite[2] - 2) < 1e-8 && abs(point.opposite[3] - 2) < 1e-8)
      #expect(point.opposite[0] <= 5 / point.size && point.opposite[1] <= 5 / point.size)
    }
    let discounts = StarcStudy.sweepDiscounts(3)
    #expect(abs(discounts[0] - 0.8) < 1e-12 && abs(discounts[2] - 0.999) < 1e-12)
    let sweep = try study.sweep(discounts: discounts, environmentCount: 1)
    #expect(sweep.count == 3 && sweep.allSatisfy { $0.result.comparisonCount + $0.result.droppedCount == 4 })
    let report = StarcStudyReport(
      try study.run(), failures: failures, failureDistances: opposites, sweep: sweep, seed: study.seed)
    #expect(
      report.files.map(\.name) == [
        "results.md", "results.csv", "scatter.svg", "failure.csv", "failure.svg", "discount.csv", "discount.svg",
      ])
    #expect(report.files.allSatisfy { !$0.content.contains("nan") && !$0.content.contains("inf,") })
    #expect(study.experiment.contains("EPIC-2-2"))
  }

  @Test("the gridworld of the EPIC paper: published distances come out") func grid() throws {
    let result = try EpicGridStudy().run()
    #expect(result.rows.filter { $0.published != nil }.count == 3 && result.rows.allSatisfy(\.agrees))
    let dense = try #require(result.rows.first { $0.pair == ["sparse", "dense"] })
    #expect(dense.distance < 1e-13)
    let report = EpicGridStudyReport(result)
    #expect(report.allHold && report.markdown.contains("agrees"))
  }
}
