internal import JSON
internal import LinearAlgebra
internal import MDPs

extension Problem {
  /// Writes UMB, format version 1: rationals where the problem is exact, else doubles; gzipped when compressed.
  func writeUMB(to path: String, options: WriteOptions) throws(FileError) {
    let choices = try ChoiceList(self, for: .umb)
    var files: [(name: String, content: [UInt8])] = [
      ("state-to-choices.bin", UMBBytes.words(choices.stateToChoice)),
      ("choice-to-branches.bin", UMBBytes.words(choices.choiceToBranch)),
      ("branch-to-target.bin", UMBBytes.words(choices.targets.map { Int($0) })),
      ("branch-to-probability.bin", UMBBytes.numbers(choices.probabilities, choices.exactProbabilities)),
      (
        "state-is-initial.bin", UMBBytes.bits((0..<mdp.stateCount).map { mdp.initialDistribution[$0] > 0 })
      ),
    ]
    var ids: Set<String> = []
    var labelMembers: [JSONValue.Member] = []
    for label in flatLabels {
      let id = Self.identifier(for: label.name, taken: &ids)
      labelMembers.append(
        JSONValue.Member(
          id, ["alias": .string(label.name), "applies-to": ["states"], "type": ["type": "bool", "size": 1]]))
      files.append(("annotations/aps/\(id)/states/values.bin", UMBBytes.bits(label.states)))
    }
    ids = []
    var rewardMembers: [JSONValue.Member] = []
    for (index, reward) in rewards.enumerated() {
      let id = Self.identifier(for: reward.name, taken: &ids)
      let part = try rewardPart(index, choices)
      rewardMembers.append(
        JSONValue.Member(
          id,
          [
            "alias": .string(reward.name), "applies-to": [.string(part.place)],
            "type": UMBBytes.type(of: part.exact),
          ]))
      files.append(
        ("annotations/rewards/\(id)/\(part.place)/values.bin", UMBBytes.numbers(part.doubles, part.exact)))
    }
    let description: JSONValue = [
      "format-version": 1, "format-revision": 0, "file-data": ["tool": "RewardGauge"],
      "transition-system": [
        "time": "discrete", "#players": 1, "#states": .integer(mdp.stateCount),
        "#initial-states": .integer(choices.initialStates.count), "#choices": .integer(choices.choiceRows.count),
        "#choice-actions": 0, "#branches": .integer(choices.targets.count), "#branch-actions": 0, "#observations": 0,
        "branch-probability-type": UMBBytes.type(of: choices.exactProbabilities),
      ],
      "annotations": ["rewards": .object(rewardMembers), "aps": .object(labelMembers)],
    ]
    files.insert(("index.json", Array(description.serialised(pretty: true).utf8)), at: 0)
    let archive = Tar.archive(files)
    // A name that ends in .gz has the file packed in any case.
    let isPacked = options.compressed && !path.lowercased().hasSuffix(".gz")
    let content = isPacked ? try Gzip.packed(archive) : archive
    var output = try OutputFile(path: path)
    content.withUnsafeBytes { output.write($0) }
    try output.finish()
  }

  /// The numbers of a reward, and whether they stand on states, choices or branches.
  private func rewardPart(
    _ index: Int, _ choices: ChoiceList
  ) throws(FileError) -> (place: String, doubles: [Double], exact: [Rational]?) {
    let exact = try exactReward(index)
    switch rewards[index].values {
    case .state(let values):
      let exactStates = exact.map { exact in
        // Every choice of a state is paid the same: the first tells.
        (0..<mdp.stateCount).map { exact[choices.choiceRows[choices.stateToChoice[$0]]] }
      }
      return ("states", values, exactStates)
    case .pair(let matrix):
      return (
        "choices", choices.choiceRows.map { matrix.elements[$0] },
        exact.map { all in choices.choiceRows.map { all[$0] } }
      )
    case .transition, .sparseTransition:
      var values: [Double] = []
      for (c, row) in choices.choiceRows.enumerated() {
        let (state, action) = (row / mdp.actionCount, row % mdp.actionCount)
        for b in choices.choiceToBranch[c]..<choices.choiceToBranch[c + 1] {
          values.append(
            rewards[index].value(
              state: state, action: action, next: Int(choices.targets[b]), actionCount: mdp.actionCount))
        }
      }
      return ("branches", values, nil)
    }
  }

  /// A name as the format allows it in paths, different from those taken.
  private static func identifier(for name: String, taken: inout Set<String>) -> String {
    let letters = name.lowercased().unicodeScalars.prefix(40).map { scalar -> Character in
      switch scalar {
      case "a"..."z", "0"..."9", "_", "-": Character(scalar)
      default: "-"
      }
    }
    let base = letters.isEmpty ? "unnamed" : String(letters)
    var id = base
    var number = 2
    while !taken.insert(id).inserted {
      id = "\(base)-\(number)"
      number += 1
    }
    return id
  }
}

/// The binary shapes of the format.
private enum UMBBytes {
  static func words(_ values: [Int]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

  static func bits(_ values: [Bool]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: (values.count + 63) / 64 * 8)
    for (index, value) in values.enumerated() where value { bytes[index / 8] |= 1 << UInt8(index % 8) }
    return bytes
  }

  /// Doubles, or rationals where they are given.
  static func numbers(_ doubles: [Double], _ exact: [Rational]?) -> [UInt8] {
    guard let exact else { return doubles.withUnsafeBytes { Array($0) } }
    let half = halfSize(of: exact)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(2 * half * exact.count)
    for number in exact {
      append(number.numerator, size: half, to: &bytes)
      append(number.denominator, size: half, to: &bytes)
    }
    return bytes
  }

  static func type(of exact: [Rational]?) -> JSONValue {
    exact.map { ["type": "rational", "size": .integer(16 * halfSize(of: $0))] } ?? ["type": "double", "size": 64]
  }

  /// The bytes of a numerator with its sign, and of a denominator, that hold all of the numbers.
  private static func halfSize(of numbers: [Rational]) -> Int {
    var bits = 63
    for number in numbers { bits = max(bits, number.numerator.bitWidth, number.denominator.bitWidth - 1) }
    return (bits / 64 + 1) * 8
  }

  /// An integer in two's complement, little-endian.
  private static func append(_ integer: Integer, size: Int, to bytes: inout [UInt8]) {
    if size == 8, let word = Int(exactly: integer) {
      bytes += withUnsafeBytes(of: word.littleEndian) { Array($0) }
      return
    }
    let base = Integer(1).shifted(left: 32)
    var rest = integer.sign < 0 ? integer + Integer(1).shifted(left: 8 * size) : integer
    for _ in 0..<(size / 4) {
      let quotient = rest.shifted(left: -32)
      let low = UInt32(Int(exactly: rest - quotient * base) ?? 0)
      bytes += withUnsafeBytes(of: low.littleEndian) { Array($0) }
      rest = quotient
    }
  }
}
