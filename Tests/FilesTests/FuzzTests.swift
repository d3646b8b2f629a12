import Files
import Foundation
import MDPs
import TestSupport
import Testing

/// Drives every reader with files that are damaged in ways chosen by a seed. A reader may refuse with a ``FileError`` or
/// find a sound problem; anything else ends the test run.
@Suite("Damaged files") struct FuzzTests {
  /// Texts that readers stumble over.
  static let hostileTexts = [
    "-1", "1e400", "-0", "0.1", "18446744073709551616", "9223372036854775807", "null", "[", "]", "{", "}", "\"", "\\u",
    "\n", ",", ":", "1/0", "0/1", "nan", "inf", "//", "@", "\u{0}",
  ].map { Array($0.utf8) }

  /// Numbers that readers stumble over.
  static let hostileNumbers: [UInt64] = [
    0, 1, 0xFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1 << 40, 1 << 62, 1 << 63, .max,
    Double.nan.bitPattern, Double.infinity.bitPattern, (-0.5).bitPattern,
  ]

  static func damaged(_ seed: [UInt8], with other: [UInt8], _ draws: inout SeededGenerator) -> [UInt8] {
    var bytes = seed
    for _ in 0...draws.below(3) {
      let place = draws.below(bytes.count)
      switch draws.below(8) {
      case 0: if !bytes.isEmpty { bytes[place] ^= 1 << UInt8(draws.below(8)) }
      case 1: if !bytes.isEmpty { bytes[place] = UInt8(truncatingIfNeeded: draws.next()) }
      case 2: bytes.removeSubrange(place...)
      case 3: bytes.removeSubrange(place..<min(bytes.count, place + draws.below(16)))
      case 4:
        let start = draws.below(other.count)
        bytes.insert(contentsOf: other[start..<min(other.count, start + draws.below(64))], at: place)
      case 5: bytes.insert(contentsOf: Self.hostileTexts[draws.below(Self.hostileTexts.count)], at: place)
      case 6:
        let text = Self.hostileTexts[draws.below(Self.hostileTexts.count)]
        bytes.replaceSubrange(place..<min(bytes.count, place + text.count), with: text)
      default:
        let number = HandMadeNpz.bytes(Self.hostileNumbers[draws.below(Self.hostileNumbers.count)])
        let width = [1, 2, 4, 8][draws.below(4)]
        bytes.replaceSubrange(place..<min(bytes.count, place + width), with: number.prefix(width))
      }
    }
    return bytes
  }

  /// Reads, and checks that what is accepted is sound.
  static func drive(_ bytes: [UInt8], format: FileFormat, accepted: inout Int) {
    do {
      let problem = try Problem.read(bytes, name: "fuzz", format: format, options: ReadOptions(requiresDiscount: false))
      accepted += 1
      #expect(problem.mdp.largestRowSumDefect <= MDP.defaultRowSumTolerance)
      #expect(problem.mdp.initialDistribution.allSatisfy { $0 >= 0 && $0.isFinite })
    } catch {
      #expect(!error.description.isEmpty)
    }
  }

  static let jsonSeeds: [[UInt8]] = [
    Array(twoStates.utf8),
    Array(
      """
      {"discount": 0.9, "transitions": {"states": 2, "actions": 2, "entries": [[0, 1, 1, 1], [1, 0, 0, 1], [1, 1, 1, 1]]},
       "available": [[false, true], [true, true]], "rewards": {"t": {"entries": [[1, 1, 1, 2.5e-1]]}},
       "labels": {"goal": [1]}, "allowed": {"goal": [0]}}
      """.utf8),
  ]

  @Test("JSON") func json() {
    var draws = SeededGenerator(seed: 1)
    var accepted = 0
    for round in 0..<4000 {
      let seed = Self.jsonSeeds[round % Self.jsonSeeds.count]
      Self.drive(Self.damaged(seed, with: Self.jsonSeeds[0], &draws), format: .json, accepted: &accepted)
    }
    // Damage to names and remarks leaves some files sound: proof that the readers are reached, not only their doors.
    #expect(accepted > 10)
  }

  @Test("policies") func policies() throws {
    let mdp = try readJSON(twoStates).mdp
    var draws = SeededGenerator(seed: 2)
    let seeds = ["[1, 0]", "{\"policy\": [[0.5, 0.5], [1, 0]]}", "[\"go\", \"stay\"]"].map { Array($0.utf8) }
    for round in 0..<2000 {
      let bytes = Self.damaged(seeds[round % seeds.count], with: seeds[1], &draws)
      do {
        try Policy.read(bytes, name: "fuzz", for: mdp).validate(for: mdp)
      } catch { #expect(error is FileError) }
    }
  }

  @Test("npz, damaged as a whole") func archives() throws {
    var draws = SeededGenerator(seed: 3)
    var accepted = 0
    let files = ["mdps/toy/frozenlake-4x4.npz", "mdps/qvbs/ij-3.npz", "mdps/values/dense-100x4@0.99.npz"]
    var seeds = try files.map { try Reference.bytes($0) }
    try withTemporaryFolder { folder in
      for (index, problem) in try NpzTests.everything().enumerated() {
        let path = "\(folder)/\(index).npz"
        try problem.write(to: path, options: WriteOptions(compressed: true))
        seeds.append(Array(try Data(contentsOf: URL(fileURLWithPath: path))))
      }
    }
    for round in 0..<2000 {
      let bytes = Self.damaged(seeds[round % seeds.count], with: seeds[0], &draws)
      Self.drive(bytes, format: .npz, accepted: &accepted)
    }
    #expect(accepted > 10)
  }

  /// The checksums of the archive are right here, so the damage reaches the arrays.
  @Test("npz, damaged array by array") func arrays() throws {
    var draws = SeededGenerator(seed: 4)
    var accepted = 0
    var named = HostileNpzTests.plain()
    named.add("available", descr: "|b1", shape: "(2, 1)", data: [1, 1])
    named.add("states", descr: "<U2", shape: "(2,)", data: [97, 0, 0, 0, 98, 0, 0, 0, 99, 0, 0, 0, 0, 0, 0, 0])
    var table = HandMadeNpz()
    table.add("S", [2])
    table.add("A", [1])
    table.add("rowptr", [0, 2, 3])
    table.add("col", [0, 1, 0])
    table.add("prob", [0.25, 0.75, 1], shape: "(3,)")
    table.add("reward", [1, 2], shape: "(2,)")
    var choices = HandMadeNpz()
    choices.add("state_to_choice", [0, 1, 3])
    choices.add("choice_to_branch", [0, 2, 3, 4])
    choices.add("target", [0, 1, 0, 1])
    choices.add("prob", [0.5, 0.5, 1, 1], shape: "(4,)")
    choices.add("prob_num", [1, 1, 1, 1])
    choices.add("prob_den", [2, 2, 1, 1])
    choices.add("initial", [0])
    choices.add("reward_r", [1, 2, 3], shape: "(3,)")
    choices.add("target_goal", descr: "|u1", shape: "(2,)", data: [0, 1])
    for round in 0..<6000 {
      var npz = [named, table, choices][round % 3]
      let place = draws.below(npz.entries.count)
      let other = npz.entries[draws.below(npz.entries.count)].content
      npz.entries[place].content = Self.damaged(npz.entries[place].content, with: other, &draws)
      Self.drive(npz.bytes, format: .npz, accepted: &accepted)
    }
    #expect(accepted > 10)
  }

  @Test("text of model checkers") func modelTexts() throws {
    var draws = SeededGenerator(seed: 5)
    var accepted = 0
    let drn: [[UInt8]] = [
      try Reference.bytes("mdps/qvbs/ij-3.drn"),
      Array(
        """
        @type: MDP
        @value_type: double
        @placeholders
        $p : 0.25
        @reward_models
        a b
        @nr_states
        2
        @nr_choices
        3
        @model
        state 0 [1, 0.5] init goal "two words"
        \taction go [0, 1]
        \t\t0 : $p
        \t\t1 : 0.75
        \taction stay [0, 0]
        \t\t0 : 1
        state 1 [0, 0]
        \taction go
        \t\t1 : 1e0

        """.utf8),
    ]
    let prism = [
      Array("2 3 4\n0 0 1 0.25 a\n0 0 0 0.75 a\n1 0 1 1 a\n1 1 0 1 b\n".utf8),
      Array("# chain\n2 3\n0 0 1/3\n0 1 2/3\n1 0 1\n".utf8),
    ]
    for round in 0..<4000 {
      Self.drive(Self.damaged(drn[round % 2], with: drn[1], &draws), format: .drn, accepted: &accepted)
      Self.drive(Self.damaged(prism[round % 2], with: prism[1], &draws), format: .prism, accepted: &accepted)
    }
    #expect(accepted > 10)
  }

  @Test("files beside PRISM transitions") func prismCompanions() throws {
    var draws = SeededGenerator(seed: 6)
    try withTemporaryFolder { folder in
      let problem = try ModelFormatTests.problems()[0]
      try problem.write(to: "\(folder)/m.tra")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      let whole = try names.map { Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($0)"))) }
      var refused = 0
      for round in 0..<300 {
        let place = round % names.count
        let bytes = Self.damaged(whole[place], with: whole[0], &draws)
        try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(names[place])"))
        do {
          _ = try Problem.read(from: "\(folder)/m.tra", options: undiscounted)
        } catch {
          #expect(error is FileError)
          refused += 1
        }
        try Data(whole[place]).write(to: URL(fileURLWithPath: "\(folder)/\(names[place])"))
      }
      #expect(refused > 10)
    }
  }

  /// The tar headers are left alone here, or nothing behind their checksums would be reached.
  @Test("UMB, damaged as a whole and member by member") func umb() throws {
    var draws = SeededGenerator(seed: 7)
    var accepted = 0
    var seeds = try [
      "mdps/formats/consensus-2-K2-double.umb", "mdps/formats/consensus-2-K2-rational.umb",
      "mdps/formats/consensus-2-K2-double-gz.umb",
    ].map { try Reference.bytes($0) }
    try withTemporaryFolder { folder in
      try ModelFormatTests.problems()[0].write(to: "\(folder)/m.umb")
      seeds.append(Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/m.umb"))))
    }
    for round in 0..<400 {
      Self.drive(Self.damaged(seeds[round % 4], with: seeds[3], &draws), format: .umb, accepted: &accepted)
    }
    for _ in 0..<2000 {
      var bytes = seeds[3]
      for _ in 0...draws.below(2) {
        let block = draws.below(bytes.count / 512)
        guard !bytes[(512 * block + 257)..<(512 * block + 262)].elementsEqual("ustar".utf8) else { continue }
        let number = HandMadeNpz.bytes(Self.hostileNumbers[draws.below(Self.hostileNumbers.count)])
        let place = 512 * block + 8 * draws.below(16)
        if draws.below(3) == 0 {
          bytes.replaceSubrange(place..<(place + 8), with: number)
        } else {
          bytes[place + draws.below(8)] ^= 1 << UInt8(draws.below(8))
        }
      }
      Self.drive(bytes, format: .umb, accepted: &accepted)
    }
    #expect(accepted > 10)
  }

  @Test("no format is told: content and name decide, and never trap") func anyFormat() throws {
    var draws = SeededGenerator(seed: 8)
    let seeds =
      try ["mdps/qvbs/ij-3.drn", "mdps/qvbs/ij-3.npz", "mdps/formats/consensus-2-K2-double-gz.umb"]
      .map { try Reference.bytes($0) } + Self.jsonSeeds
    for round in 0..<1000 {
      let bytes = Self.damaged(seeds[round % seeds.count], with: seeds[(round / 7) % seeds.count], &draws)
      do {
        _ = try Problem.read(bytes, name: "fuzz", options: undiscounted)
      } catch { #expect(!error.description.isEmpty) }
    }
  }
}

extension SeededGenerator {
  /// An integer from 0 to `limit` − 1; 0 when there is none.
  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(max(1, limit))) }
}
