import Files
import LinearAlgebra
import MDPs
import Testing

@Suite("npz files that are odd or hostile") struct HostileNpzTests {
  static let options = ReadOptions(discount: 0.5)

  static func read(_ npz: HandMadeNpz) throws(FileError) -> Problem {
    try Problem.read(npz.bytes, name: "p.npz", options: options)
  }

  /// Two states, one action.
  static func plain() -> HandMadeNpz {
    var npz = HandMadeNpz()
    npz.add("transitions", [0.25, 0.75, 1, 0], shape: "(2, 1, 2)")
    npz.add("rewards.r", [1, 2], shape: "(2,)")
    return npz
  }

  @Test("the plain file is read") func plain() throws {
    let problem = try Self.read(Self.plain())
    #expect(problem.mdp.transitions == .dense(try Matrix(rowCount: 2, columnCount: 2, elements: [0.25, 0.75, 1, 0])))
    #expect(problem.rewards == [Reward(name: "r", values: .state([1, 2]))])
  }

  @Test("Fortran order, big-endian numbers, single precision and small integers mean the same") func encodings() throws
  {
    let expected = try Self.read(Self.plain()).mdp
    var fortran = HandMadeNpz()
    fortran.add(
      "transitions", descr: "<f8", shape: "(2, 1, 2)", fortran: true,
      data: [0.25, 1, 0.75, 0].flatMap { HandMadeNpz.bytes($0.bitPattern) })
    #expect(try Self.read(fortran).mdp == expected)
    var big = HandMadeNpz()
    big.add(
      "transitions", descr: ">f8", shape: "(2, 1, 2)",
      data: [0.25, 0.75, 1, 0].flatMap { HandMadeNpz.bytes($0.bitPattern).reversed() })
    #expect(try Self.read(big).mdp == expected)
    var single = HandMadeNpz()
    single.add(
      "transitions", descr: "<f4", shape: "(2,1,2)",
      data: [0.25 as Float, 0.75, 1, 0].flatMap { HandMadeNpz.bytes($0.bitPattern) })
    #expect(try Self.read(single).mdp == expected)
    var sparse = HandMadeNpz()
    sparse.add(
      "transitions.indptr", descr: "<i4", shape: "(3,)", data: [0, 3, 4].flatMap { HandMadeNpz.bytes(Int32($0)) })
    // The columns of the first row do not ascend and one stands twice, as SciPy allows.
    sparse.add("transitions.indices", descr: "|u1", shape: "(4,)", data: [1, 0, 1, 0])
    sparse.add("transitions.data", [0.5, 0.25, 0.25, 1], shape: "(4,)")
    sparse.add("initial", [0.5, 0.5], shape: "(2,)")
    #expect(try Self.read(sparse).mdp.transitions.sparseRows == expected.transitions.sparseRows)
  }

  @Test(
    "faults are named",
    arguments: [
      ("{'descr': '|O', 'fortran_order': False, 'shape': (2, 1, 2), }", "Python objects"),
      ("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (2, 1, 2), }", "structured"),
      ("{'descr': '<c16', 'fortran_order': False, 'shape': (2, 1, 2), }", "\"<c16\" is not supported"),
      ("{'descr': '<U1', 'fortran_order': False, 'shape': (2, 1, 2), }", "needs 16 bytes"),
      ("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1, 3), }", "needs 48 bytes, but 32 are there"),
      ("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }", "3 dimensions are needed"),
      ("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296, 2), }", "impossibly large"),
      ("{'descr': '<f8', 'fortran_order': False, 'shape': (1152921504606846976, 2, 1), }", "impossibly large"),
      ("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,), }", "a length that fits 64 bits"),
      ("{'descr': '<f8', 'fortran_order': False, 'shape': (-2, 1, 2), }", "a length that fits 64 bits"),
      ("{'descr': '<f8', 'fortran_order': False, 'shape': (2 1 2), }", "expected ','"),
      ("{'descr': '<f8', 'fortran_order': 0, 'shape': (2, 1, 2), }", "expected True or False"),
      ("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (2, 1, 2), }", "stands twice"),
      ("{'descr': '<f8', 'shape': (2, 1, 2), }", "must hold descr, fortran_order and shape"),
      ("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1, 2), } + __import__('os')", "expected the end"),
      ("", "expected '{'"),
    ])
  func headers(header: String, reason: String) {
    var npz = HandMadeNpz()
    npz.add("transitions", header: header, data: [UInt8](repeating: 0, count: 32))
    let error = #expect(throws: FileError.self) { try Self.read(npz) }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    #expect(error?.description.hasPrefix("p.npz: transitions: ") == true, "\(error?.description ?? "")")
  }

  @Test("damage, truncation and false claims") func damage() throws {
    func reason(_ change: (inout HandMadeNpz) -> Void) -> String {
      var npz = Self.plain()
      change(&npz)
      return #expect(throws: FileError.self) { try Self.read(npz) }?.description ?? ""
    }
    #expect(reason { $0.entries[0].claimedChecksum = 1 }.contains("CRC"))
    #expect(
      reason {
        $0.entries[0].content[$0.entries[0].content.count - 1] ^= 1; $0.entries[0].claimedChecksum = 77
      }.contains("damaged"))
    #expect(
      reason { $0.entries[0].claimedSize = 0x7FFF_FFFF }.contains("claims"),
      "\(reason { $0.entries[0].claimedSize = 0x7FFF_FFFF })")
    #expect(reason { $0.entries[0].method = 8 }.contains("transitions"))
    #expect(
      reason {
        $0.entries[0].method = 8; $0.entries[0].claimedSize = 0xFFFF_FFF0
      }.contains("cannot hold"))
    #expect(reason { $0.entries[0].method = 14 }.contains("method 14 is not supported"))
    #expect(reason { $0.entries.append($0.entries[0]) }.contains("two arrays of the archive have the same name"))
    #expect(reason { $0.entries.removeFirst() }.contains("are no problem"))
    #expect(reason { $0.entries = [] }.contains("no array"))
    let nested = Self.plain().bytes
    #expect(reason { $0.entries[0].content = nested }.contains("it is no npy array"))
    #expect(reason { $0.entries = [.init(name: "inner.npz", content: nested)] }.contains("no array"))
    let whole = Self.plain().bytes
    for length in stride(from: 4, to: whole.count, by: 7) {
      #expect(throws: FileError.self) {
        try Problem.read(Array(whole[..<length]), name: "p.npz", options: Self.options)
      }
    }
  }

  @Test("arrays that do not fit each other") func shapes() throws {
    func reason(_ change: (inout HandMadeNpz) -> Void) -> String {
      var npz = HandMadeNpz()
      npz.add("S", [2])
      npz.add("A", [1])
      npz.add("rowptr", [0, 2, 3])
      npz.add("col", [0, 1, 0])
      npz.add("prob", [0.25, 0.75, 1], shape: "(3,)")
      npz.add("reward", [1, 2], shape: "(2,)")
      change(&npz)
      do {
        _ = try Self.read(npz)
        return "read"
      } catch { return error.description }
    }
    func replaced(_ name: String, _ values: [Int]) -> String {
      reason { npz in
        npz.entries.removeAll { $0.name == "\(name).npy" }
        npz.add(name, values)
      }
    }
    #expect(reason { _ in } == "read")
    #expect(replaced("S", [3]).contains("rowptr: it has shape [3], but [4] is needed"))
    #expect(replaced("S", [0]).contains("S: it is 0"))
    #expect(replaced("S", [1 << 40]).contains("S: it is 1099511627776"))
    #expect(replaced("A", [2_000_000_000]).contains("more than 2147483647 pairs"))
    #expect(replaced("rowptr", [1, 2, 3]).contains("start at 1"))
    #expect(replaced("rowptr", [0, 3, 2]).contains("end at 2, before they start"))
    #expect(replaced("rowptr", [0, 2, 4]).contains("the rows end at 4, but there are 3 entries"))
    #expect(replaced("rowptr", [0, -5, 3]).contains("before they start"))
    #expect(replaced("col", [0, 2, 0]).contains("col: entry 1 is 2, but the columns are 0..<2"))
    #expect(replaced("col", [0, -1, 0]).contains("col: entry 1 is -1"))
    #expect(replaced("col", [0, 1 << 33, 0]).contains("out of range"))
    #expect(replaced("reward", [1, 2, 3]).contains("reward: it has shape [3], but [2] is needed"))
    #expect(
      reason { npz in
        npz.entries.removeAll { $0.name == "reward.npy" }
        npz.add("reward", [.nan, 0], shape: "(2,)")
      }.contains("reward \"reward\" is nan in state 0"))
  }

  @Test("choices that do not fit") func choices() throws {
    func reason(_ name: String?, _ values: [Int]) -> String {
      var npz = HandMadeNpz()
      npz.add("state_to_choice", [0, 1, 3])
      npz.add("choice_to_branch", [0, 2, 3, 4])
      npz.add("target", [0, 1, 0, 1])
      npz.add("prob", [0.5, 0.5, 1, 1], shape: "(4,)")
      npz.add("prob_num", [1, 2, 1, 1])
      npz.add("prob_den", [2, 4, 1, 1])
      npz.add("initial", [1])
      if let name {
        npz.entries.removeAll { $0.name == "\(name).npy" }
        npz.add(name, values)
      }
      do {
        let problem = try Self.read(npz)
        #expect(problem.exact?.probabilities[1] == (try? Rational(parsing: "1/2")))
        #expect(problem.mdp.availability == [true, false, true, true])
        return "read"
      } catch { return error.description }
    }
    #expect(reason(nil, []) == "read")
    #expect(reason("state_to_choice", [0, 3, 3]).contains("state 1 has no choice"))
    #expect(reason("state_to_choice", [0, 3, 1]).contains("before they start"))
    #expect(reason("state_to_choice", [0, 1, 1 << 62]).contains("end at 4611686018427387904"))
    #expect(reason("state_to_choice", []).contains("state_to_choice"))
    #expect(reason("choice_to_branch", [0, 2, 3, 5]).contains("do not fit 3 choices and 4 branches"))
    #expect(reason("initial", [2]).contains("initial state 2 does not exist"))
    #expect(reason("initial", [-1]).contains("initial state -1 does not exist"))
    #expect(reason("initial", []).contains("no initial state"))
    #expect(reason("target", [0, 1, 0, 2]).contains("branch 3 leads to state 2"))
    #expect(reason("prob_den", [2, 4, 1, 0]).contains("a denominator is at least 1"))
    #expect(reason("prob_num", [1, 3, 1, 1]).contains("prob_num says 3/4"))
    #expect(reason("target_goal", [0, 2]).contains("target_goal: element 1 is out of range"))
    #expect(reason("target_goal", [0]).contains("it has shape [1], but [2] is needed"))
  }
}
