internal import JSON
internal import LinearAlgebra
internal import MDPs

extension ProblemParts {
  /// Reads a UMB file, format version 1: Markov decision processes and chains in discrete time with probabilities of type
  /// `double` or `rational`.
  init(umb file: FileBytes) throws(FileError) {
    let model = try UMBReader(file).model()
    do {
      self = try model.parts()
    } catch {
      throw .archive(path: file.path, reason: error.reason)
    }
  }
}

/// What a binary file of numbers holds.
private enum NumberType {
  /// 64-bit floating point.
  case double
  /// This many bytes: the first half numerator, the second denominator.
  case rational(bytes: Int)

  init(_ cursor: JSONCursor) throws(JSONError) {
    let name = try cursor["type"].string()
    switch name {
    case "double":
      if let size = try cursor.optional("size") { _ = try size.integer(in: 64...64) }
      self = .double
    case "rational":
      var bits = 128
      if let size = try cursor.optional("size") {
        bits = try size.integer(in: 128...(1 << 20))
        guard bits % 128 == 0 else { throw size.wrong("a multiple of 128") }
      }
      self = .rational(bytes: bits / 8)
    default: throw try cursor["type"].wrong("\"double\" or \"rational\" (other types are not supported)")
    }
  }

  var size: Int {
    switch self {
    case .double: 8
    case .rational(let bytes): bytes
    }
  }
}

/// What `index.json` says, as far as it is used.
private struct UMBIndex {
  /// A label or reward: the name of its folder, its own name, what it stands on.
  struct Annotation {
    var id: String
    var name: String
    var places: [String]
    var type: NumberType
  }

  var stateCount: Int
  var choiceCount: Int
  var branchCount: Int
  var initialCount: Int?
  var probabilityType: NumberType?
  var labels: [Annotation] = []
  var rewards: [Annotation] = []

  init(_ index: JSONCursor) throws(JSONError) {
    _ = try index["format-version"].integer(in: 1...1)
    let system = try index["transition-system"]
    guard try system["time"].string() == "discrete" else { throw try system["time"].wrong("\"discrete\"") }
    _ = try system["#players"].integer(in: 0...1)
    if let observations = try system.optional("#observations") { _ = try observations.integer(in: 0...0) }
    stateCount = try system["#states"].integer(in: 1...Int(Int32.max))
    choiceCount = try system["#choices"].integer(in: 1...Int(Int32.max))
    branchCount = try system["#branches"].integer(in: 1...Int(Int32.max))
    if let count = try system.optional("#initial-states") { initialCount = try count.integer() }
    if let type = try system.optional("branch-probability-type") { probabilityType = try NumberType(type) }
    guard let annotations = try index.optional("annotations") else { return }
    if let aps = try annotations.optional("aps") { labels = try Self.annotations(aps, typed: false) }
    if let rewards = try annotations.optional("rewards") {
      self.rewards = try Self.annotations(rewards, typed: true)
    }
  }

  private static func annotations(_ cursor: JSONCursor, typed: Bool) throws(JSONError) -> [Annotation] {
    var result: [Annotation] = []
    for (id, annotation) in try cursor.members() {
      var found = Annotation(id: id, name: id, places: ["states"], type: .double)
      if let alias = try annotation.optional("alias") { found.name = try alias.string() }
      if let places = try annotation.optional("applies-to") { found.places = try places.strings() }
      if typed, let type = try annotation.optional("type") { found.type = try NumberType(type) }
      result.append(found)
    }
    return result
  }
}

private struct UMBReader {
  /// Labels times states, and rewards times states or choices, may be this many.
  private static let annotationLimit = 1 << 28

  private let file: FileBytes
  private let members: [String: Range<Int>]
  private let index: UMBIndex

  init(_ file: FileBytes) throws(FileError) {
    self.file = file
    members = try Tar.members(of: file)
    guard let range = members["index.json"] else {
      throw .entry(path: file.path, entry: "index.json", reason: "it is missing")
    }
    do {
      index = try UMBIndex(JSONCursor(try JSONValue.parse(Array(file.bytes[range]))))
    } catch {
      throw .entry(path: file.path, entry: "index.json", reason: "\(error)")
    }
  }

  // MARK: Model

  func model() throws(FileError) -> ChoiceModel {
    var model = ChoiceModel()
    model.stateToChoice = try starts("state-to-choices.bin", owners: index.stateCount, items: index.choiceCount)
    let branchStarts = try starts("choice-to-branches.bin", owners: index.choiceCount, items: index.branchCount)
    do {
      let rows = try ChoiceRows(stateToChoice: model.stateToChoice, choiceCount: index.choiceCount)
      model.branchChoices = try rows.branchChoices(starts: branchStarts, count: index.branchCount)
    } catch {
      throw .archive(path: file.path, reason: error.reason)
    }
    model.targets = try targets(count: index.branchCount)
    if let type = index.probabilityType {
      (model.probabilities, model.exactProbabilities) = try numbers(
        "branch-to-probability.bin", count: index.branchCount, type: type)
    } else {
      model.probabilities = [Double](repeating: 1, count: index.branchCount)
    }
    let initial = try bits("state-is-initial.bin", count: index.stateCount)
    model.initialStates = initial.indices.filter { initial[$0] }
    if let count = index.initialCount, count != model.initialStates.count {
      throw wrong("state-is-initial.bin", "it marks \(model.initialStates.count) states, but the index says \(count)")
    }
    let largest = max(index.choiceCount, index.branchCount)
    guard index.labels.count + index.rewards.count <= Self.annotationLimit / largest else {
      throw wrong("index.json", "there are too many labels and rewards for a model of this size")
    }
    for label in index.labels where label.places.contains("states") {
      model.labels.append(
        (label.name, try bits("annotations/aps/\(label.id)/states/values.bin", count: index.stateCount)))
    }
    for annotation in index.rewards {
      model.rewards.append(try reward(annotation, isExact: model.exactProbabilities != nil))
    }
    return model
  }

  private func reward(_ annotation: UMBIndex.Annotation, isExact: Bool) throws(FileError) -> ChoiceReward {
    var reward = ChoiceReward(name: annotation.name)
    func part(_ place: String, _ count: Int) throws(FileError) -> ChoiceReward.Numbers {
      guard annotation.places.contains(place) else { return ChoiceReward.Numbers() }
      let (doubles, exact) = try numbers(
        "annotations/rewards/\(annotation.id)/\(place)/values.bin", count: count, type: annotation.type)
      // Doubles beside exact probabilities count as the rationals that they are.
      return ChoiceReward.Numbers(
        doubles: doubles, exact: isExact ? exact ?? doubles.map { Rational(exactly: $0) ?? 0 } : [])
    }
    reward.states = try part("states", index.stateCount)
    reward.choices = try part("choices", index.choiceCount)
    reward.branches = try part("branches", index.branchCount)
    return reward
  }

  // MARK: Binary files

  private func wrong(_ name: String, _ reason: String) -> FileError {
    .entry(path: file.path, entry: name, reason: reason)
  }

  /// The bytes of a member that must have `size` of them.
  private func content(_ name: String, size: Int) throws(FileError) -> UnsafeRawBufferPointer {
    guard let range = members[name] else { throw wrong(name, "it is missing from the archive") }
    guard range.count == size else { throw wrong(name, "it has \(range.count) bytes, but \(size) are needed") }
    return UnsafeRawBufferPointer(rebasing: file.bytes[range])
  }

  /// The starts of the items of each owner; one item each when the file is absent.
  private func starts(_ name: String, owners: Int, items: Int) throws(FileError) -> [Int] {
    guard members[name] != nil else {
      guard owners == items else { throw wrong(name, "it is missing, although \(owners) owners have \(items) items") }
      return Array(0...owners)
    }
    let bytes = try content(name, size: 8 * (owners + 1))
    var result: [Int] = []
    result.reserveCapacity(owners + 1)
    for k in 0...owners {
      let value = word(bytes, 8 * k)
      guard value <= UInt64(items) else { throw wrong(name, "entry \(k) is \(value), but there are \(items) items") }
      result.append(Int(value))
    }
    return result
  }

  private func targets(count: Int) throws(FileError) -> [Int32] {
    let bytes = try content("branch-to-target.bin", size: 8 * count)
    var result: [Int32] = []
    result.reserveCapacity(count)
    for k in 0..<count {
      guard let target = Int32(exactly: word(bytes, 8 * k)) else {
        throw wrong("branch-to-target.bin", "branch \(k) leads to state \(word(bytes, 8 * k)), which does not exist")
      }
      result.append(target)
    }
    return result
  }

  private func numbers(
    _ name: String, count: Int, type: NumberType
  ) throws(FileError) -> (doubles: [Double], exact: [Rational]?) {
    let bytes = try content(name, size: type.size * count)
    var doubles: [Double] = []
    doubles.reserveCapacity(count)
    switch type {
    case .double:
      for k in 0..<count { doubles.append(Double(bitPattern: word(bytes, 8 * k))) }
      if let k = doubles.firstIndex(where: { !$0.isFinite }) { throw wrong(name, "entry \(k) is \(doubles[k])") }
      return (doubles, nil)
    case .rational(let size):
      var exact: [Rational] = []
      exact.reserveCapacity(count)
      for k in 0..<count {
        let numerator = integer(bytes, size * k, size / 2, isSigned: true)
        let denominator = integer(bytes, size * k + size / 2, size / 2, isSigned: false)
        guard let number = try? Rational(numerator, over: denominator) else {
          throw wrong(name, "entry \(k) has the denominator 0")
        }
        let double = Double(number)
        guard double.isFinite else { throw wrong(name, "entry \(k) is beyond the range of double precision") }
        exact.append(number)
        doubles.append(double)
      }
      return (doubles, exact)
    }
  }

  private func bits(_ name: String, count: Int) throws(FileError) -> [Bool] {
    guard members[name] != nil else { return [Bool](repeating: false, count: count) }
    let bytes = try content(name, size: (count + 63) / 64 * 8)
    return (0..<count).map { bytes[$0 / 8] >> UInt8($0 % 8) & 1 == 1 }
  }

  private func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// A little-endian integer of any width, in two's complement when it has a sign.
  private func integer(_ bytes: UnsafeRawBufferPointer, _ offset: Int, _ size: Int, isSigned: Bool) -> Integer {
    let words = stride(from: 0, to: size, by: 8).map { word(bytes, offset + $0) }
    let isNegative = isSigned && words[words.count - 1] >> 63 == 1
    if words.count == 1 {
      return isSigned ? Integer(Int(Int64(bitPattern: words[0]))) : Integer(exactly: words[0]) ?? 0
    }
    var result: Integer = 0
    for word in words.reversed() { result = result.shifted(left: 64) + (Integer(exactly: word) ?? 0) }
    return isNegative ? result - Integer(1).shifted(left: 8 * size) : result
  }
}
