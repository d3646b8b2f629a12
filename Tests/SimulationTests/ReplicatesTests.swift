import Simulation
import Synchronization
import Testing

@Suite("Replicates") struct ReplicatesTests {
  static func row(_ replicate: Int) -> [Double] {
    var stream = RandomStream(seed: 9, replicate: replicate)
    return [stream.normal(), stream.uniform()]
  }

  @Test("the bytes do not depend on the number of threads", arguments: [1, 2, 3, 8])
  func threads(workers: Int) {
    let one = Replicates(count: 201, workers: 1).run(width: 2, Self.row)
    #expect(Replicates(count: 201, workers: workers).run(width: 2, Self.row) == one)
  }

  @Test("a run that was cut off resumes to the same bytes") func resume() {
    let whole = Replicates(count: 150).run(width: 2, Self.row)
    let journal = Mutex<[Int: [Double]]>([:])
    var first = Replicates(count: 90)
    first.record = { replicate, row in journal.withLock { $0[replicate] = row } }
    _ = first.run(width: 2, Self.row)
    var recorded = journal.withLock { $0 }
    for lost in [3, 17, 88] { recorded[lost] = nil }
    let again = Mutex<Set<Int>>([])
    let resumed = Replicates(count: 150).run(width: 2, recorded: recorded) { replicate in
      again.withLock { _ = $0.insert(replicate) }
      return Self.row(replicate)
    }
    #expect(resumed == whole)
    #expect(again.withLock { $0 } == Set([3, 17, 88] + Array(90..<150)))
  }

  @Test("the shares of several machines merge to the bytes of one", arguments: [1, 2, 3, 7])
  func shards(count: Int) throws {
    let whole = Replicates(count: 100).run(width: 2, Self.row)
    let rows = Mutex<[Int: [Double]]>([:])
    var covered = 0
    for index in 1...count {
      var share = Replicates(count: 100)
      share.shard = try Shard("\(index)/\(count)")
      share.record = { replicate, row in rows.withLock { $0[replicate] = row } }
      covered += share.run(width: 2, Self.row).statistics.count
    }
    #expect(covered == 100)
    #expect(try Replicates(count: 100).merge(width: 2, rows: rows.withLock { $0 }) == whole)
  }

  @Test("a merge with a hole says which replicate is missing") func hole() {
    let rows = Dictionary(uniqueKeysWithValues: (0..<10).filter { $0 != 4 }.map { ($0, Self.row($0)) })
    #expect(throws: SimulationError.missing(replicate: 4)) { try Replicates(count: 10).merge(width: 2, rows: rows) }
    #expect(throws: SimulationError.width(replicate: 0, expected: 3, got: 2)) {
      try Replicates(count: 1).merge(width: 3, rows: [0: Self.row(0)])
    }
  }

  @Test("early stop reaches its precision, at the same replicate on any number of threads") func precision() {
    var run = Replicates(count: 100_000, workers: 1)
    run.precision = .init(standardError: 0.05, quantities: [0])
    let result = run.run(width: 2, Self.row)
    #expect(result.stoppedEarly && result.replicates.count < 1000)
    #expect(result.statistics.standardError(0) <= 0.05)
    run.workers = 4
    #expect(run.run(width: 2, Self.row) == result)
  }

  @Test("shares that make no sense are refused", arguments: ["0/2", "3/2", "1", "a/b", "1/2/3", "1/0", ""])
  func badShard(text: String) {
    #expect(throws: SimulationError.shard(text)) { try Shard(text) }
  }

  struct Failed: Error, Equatable { let replicate: Int }
  @Test("the first replicate that fails is the one reported") func failure() {
    #expect(throws: Failed(replicate: 5)) {
      try Replicates(count: 40).run(width: 1) { (replicate: Int) throws(Failed) -> [Double] in
        if replicate % 6 == 5 { throw Failed(replicate: replicate) }
        return [0]
      }
    }
  }

  @Test("no replicates give empty statistics") func none() {
    let result = Replicates(count: 0).run(width: 2, Self.row)
    #expect(result.statistics.count == 0 && result.statistics.standardError(0) == 0)
    #expect(result.statistics.quantiles(0, at: [0.5])[0].isNaN)
  }
}

@Suite("Sample statistics") struct SampleStatisticsTests {
  @Test("a sample worked by hand") func byHand() {
    var s = SampleStatistics(width: 1)
    for x in [2.0, 4, 4, 4, 5, 5, 7, 9] { s.add([x]) }
    #expect(s.means[0] == 5)
    #expect(abs(s.variance(0) - 32 / 7.0) < 1e-14)
    #expect(abs(s.standardError(0) - (32 / 7.0 / 8).squareRoot()) < 1e-14)
    #expect(s.quantiles(0, at: [0, 0.25, 0.5, 0.75, 1]) == [2, 4, 4.5, 5.5, 9])
  }

  @Test("merging equals adding; a large offset costs no precision") func merging() {
    var whole = SampleStatistics(width: 1), a = whole, b = whole
    for i in 0..<1000 {
      let x = 1e9 + Double(i % 7)
      whole.add([x])
      if i < 300 { a.add([x]) } else { b.add([x]) }
    }
    a.merge(b)
    #expect(a.count == whole.count && abs(a.means[0] - whole.means[0]) < 1e-6)
    #expect(abs(a.variance(0) / whole.variance(0) - 1) < 1e-8)
    #expect(a.quantiles(0, at: [0.5]) == whole.quantiles(0, at: [0.5]))
  }

  @Test("quantiles use the rows kept and no more") func bounded() {
    var s = SampleStatistics(width: 1, quantileRows: 3)
    for x in 1...100 { s.add([Double(x)]) }
    #expect(s.count == 100 && s.quantiles(0, at: [1]) == [3])
  }
}

@Suite("Checkpoints") struct CheckpointsTests {
  @Test("steps increase, stay inside and end at the horizon", arguments: [1, 2, 10, 97, 100_000])
  func steps(horizon: Int) {
    for checkpoints in [Checkpoints.linear(count: 20), .logarithmic(count: 20)] {
      let steps = checkpoints.steps(horizon: horizon)
      #expect(steps.last == horizon && steps.first.map { $0 >= 1 } == true)
      #expect(zip(steps, steps.dropFirst()).allSatisfy { $0 < $1 })
    }
    #expect(Checkpoints.linear(count: 4).steps(horizon: 10) == [2, 5, 7, 10])
    #expect(Checkpoints.at([5, 1, 5, 200]).steps(horizon: 10) == [1, 5])
    #expect(Checkpoints.linear(count: 4).steps(horizon: 0) == [])
  }
}
