internal import RealModule

/// The histories of a tallying bandit that matter for its losses, as a deterministic graph: states are what is remembered,
/// edges are plays with their mean losses.
///
/// The histories are compressed without changing any optimum:
/// 1. plays whose weight is 0 for every arm are forgotten;
/// 2. arms of constant loss share one blank symbol with "nothing was played", and only the cheapest of them is kept;
/// 3. identical arms are relabelled by the order of their last plays.
///
/// Source: Malik, Li, Singh, COLT 2022, lemma 1 (the reduction); the compressions are elementary.
struct HistoryGraph: Sendable {
  /// The arms worth playing, ascending: one edge of every state each.
  let arms: [Int]
  /// How many edges leave each state.
  var edgeCount: Int { arms.count }
  /// How many states there are; state 0 is the empty history.
  private(set) var stateCount = 0
  /// Where the edges lead, shape (states · edges).
  private(set) var next: [Int32] = []
  /// The mean losses on the edges, shape (states · edges).
  private(set) var cost: [Double] = []
  /// A history that each state stands for, shape (states).
  private(set) var codes: [Code] = []

  /// The compressed history: symbols of the last `length` plays, the most recent one the lowest digit.
  typealias Code = UInt64

  private let bandit: TallyingBandit
  /// Digit of each edge's arm: 0 for arms of constant loss.
  private let symbols: [Int]
  /// The arm of every digit above 0.
  private let armOfSymbol: [Int]
  /// The group of identical arms of every digit above 0, or −1.
  private let groups: [Int]
  private let hasGroups: Bool
  private let base: Code
  private let length: Int
  private let modulus: Code
  private var index: CodeIndex

  /// The graph of the histories that can be met in `horizon` plays, or ever.
  ///
  /// - Parameters:
  ///   - bandit: The bandit.
  ///   - horizon: The number of plays; nil for the graph that is closed under all plays.
  ///   - budget: The most states to make.
  /// - Throws: ``BanditError/tooManyStates(needed:budget:)``.
  init(_ bandit: TallyingBandit, horizon: Int?, budget: Int) throws(BanditError) {
    self.bandit = bandit
    let constants = (0..<bandit.armCount).map { Self.constantLoss(bandit, arm: $0) }
    let cheapest = constants.compactMap { $0 }.min()
    let keptConstant = cheapest.flatMap { least in constants.firstIndex { $0.map { $0 <= least + 1e-12 } ?? false } }
    let varying = constants.indices.filter { constants[$0] == nil }
    arms = constants.indices.filter { constants[$0] == nil || $0 == keptConstant }
    symbols = arms.map { arm in (varying.firstIndex(of: arm) ?? -1) + 1 }
    armOfSymbol = [-1] + varying
    // Identical arms, named by the first of them.
    var groups = [Int](repeating: -1, count: varying.count + 1)
    for (i, a) in varying.enumerated() {
      for (j, b) in varying.enumerated()
      where i != j && bandit.losses[a].isSame(as: bandit.losses[b]) && bandit.weights[a] == bandit.weights[b] {
        groups[i + 1] = groups[j + 1] >= 0 ? groups[j + 1] : min(i, j)
      }
    }
    self.groups = groups
    hasGroups = groups.contains { $0 >= 0 }

    let memory = varying.map { bandit.weights[$0].effectiveMemory }.max() ?? 1
    length = max(0, min(memory - 1, horizon.map { $0 - 1 } ?? .max))
    base = Code(varying.count + 1)
    let needed = Self.leastStateCount(
      varying: varying.count, hasBlank: keptConstant != nil, length: length, groups: groups)
    guard needed <= Double(budget), Double.pow(Double(base), length) < 0x1p63 else {
      throw .tooManyStates(needed: needed, budget: budget)
    }
    var modulus: Code = 1
    for _ in 0..<length { modulus *= base }
    self.modulus = modulus
    index = CodeIndex(codeCount: modulus)
    try expand(depth: horizon ?? .max, budget: budget)
  }

  /// A number of states that any compression of this kind needs at least.
  private static func leastStateCount(varying: Int, hasBlank: Bool, length: Int, groups: [Int]) -> Double {
    var count = 1.0
    if hasBlank {
      count = Double.pow(Double(varying + 1), length)
    } else {
      var layer = 1.0
      for _ in 0..<min(length, 100_000) where varying > 1 {
        layer *= Double(varying)
        count += layer
        if count > 1e300 { break }
      }
      if varying == 1 { count += Double(length) }
    }
    for group in Set(groups) where group >= 0 {
      for size in 1...groups.filter({ $0 == group }).count { count /= Double(size) }
    }
    return count.rounded(.up)
  }

  /// The loss of an arm whose loss is the same at all attainable tallies; nil when it varies.
  private static func constantLoss(_ bandit: TallyingBandit, arm: Int) -> Double? {
    let h = bandit.losses[arm]
    let weights = bandit.weights[arm]
    let first = h(weights[0])
    if weights.effectiveMemory == 1 || h.isMonotone {
      return h(weights.sum) == first ? first : nil
    }
    if weights.areUnit {
      for count in 1...bandit.memory where h(Double(count)) != first { return nil }
      return first
    }
    guard weights.effectiveMemory <= 12 else { return nil }
    let sums = AttainableMinimum.subsetSums((1..<weights.effectiveMemory).map { weights[$0] }, from: weights[0])
    return sums.allSatisfy { h($0) == first } ? first : nil
  }

  /// The mean loss of taking `edge` after the history `code`.
  func loss(_ code: Code, edge: Int) -> Double {
    let arm = arms[edge]
    let symbol = Code(symbols[edge])
    let weights = bandit.weights[arm]
    var tally = weights[0]
    // An arm of constant loss has the blank symbol, and any tally serves.
    if symbol > 0 {
      var rest = code
      var lag = 1
      while rest > 0 {
        if rest % base == symbol { tally += weights[lag] }
        rest /= base
        lag += 1
      }
    }
    return bandit.losses[arm](tally)
  }

  /// The history after `code` and `edge`, as it was played (identical arms told apart).
  func appending(_ edge: Int, to code: Code) -> Code {
    length == 0 ? 0 : (code % (modulus / base)) * base + Code(symbols[edge])
  }

  /// The history that the plays `plays` leave, oldest first.
  func code(after plays: [Int]) -> Code {
    plays.suffix(length).reduce(0) { code, arm in
      // An arm that is not worth playing has a constant loss, hence the blank symbol.
      let symbol = arms.firstIndex(of: arm).map { symbols[$0] } ?? 0
      return code * base + Code(symbol)
    }
  }

  /// The state that stands for the history `code`.
  func state(of code: Code) -> Int { Int(index[canonical(code)]) }

  /// Identical arms relabelled in the order of their last plays.
  private func canonical(_ code: Code) -> Code {
    guard hasGroups else { return code }
    var relabelled = [Int](repeating: 0, count: armOfSymbol.count)
    var result: Code = 0
    var rest = code
    var place: Code = 1
    while rest > 0 {
      let symbol = Int(rest % base)
      if symbol > 0, groups[symbol] >= 0 {
        if relabelled[symbol] == 0 {
          let taken = relabelled
          relabelled[symbol] =
            groups.indices.first { groups[$0] == groups[symbol] && !taken.contains($0) } ?? symbol
        }
        result += place * Code(relabelled[symbol])
      } else {
        result += place * Code(symbol)
      }
      rest /= base
      place &*= base
    }
    return result
  }

  /// Breadth-first from the empty history.
  private mutating func expand(depth: Int, budget: Int) throws(BanditError) {
    codes = [0]
    index[0] = 0
    var layerEnd = 1
    var level = 0
    var state = 0
    while state < codes.count {
      if state == layerEnd {
        level += 1
        layerEnd = codes.count
      }
      let code = codes[state]
      for edge in arms.indices {
        cost.append(loss(code, edge: edge))
        // After the last play nothing follows: where its edges lead does not matter.
        guard level + 1 < depth else {
          next.append(0)
          continue
        }
        let successor = canonical(appending(edge, to: code))
        var number = index[successor]
        if number < 0 {
          guard codes.count < budget else {
            throw .tooManyStates(needed: Double(codes.count) + 1, budget: budget)
          }
          number = Int32(codes.count)
          index[successor] = number
          codes.append(successor)
        }
        next.append(number)
      }
      state += 1
    }
    stateCount = codes.count
  }

  /// From codes to states: a table where codes are few, else a dictionary.
  private struct CodeIndex: Sendable {
    private var table: [Int32]
    private var dictionary: [Code: Int32] = [:]

    init(codeCount: Code) {
      table = codeCount <= 1 << 24 ? [Int32](repeating: -1, count: Int(codeCount)) : []
    }

    subscript(code: Code) -> Int32 {
      get { table.isEmpty ? dictionary[code] ?? -1 : table[Int(code)] }
      set {
        if table.isEmpty { dictionary[code] = newValue } else { table[Int(code)] = newValue }
      }
    }
  }
}
