internal import RealModule
public import Simulation

/// Successive elimination over periodic sequences for tallying bandits (SE-TB).
///
/// The arms are all sequences of period P = ⌊√T⌋, of which there are K^P. In epoch s, for every cell (x, y) of arm x at
/// count y, the surviving sequence that visits the cell most often is played for n = 2^s periods to wash out the history
/// and for n periods that are recorded; sequences whose estimated mean loss exceeds the least by more than 2 C are dropped,
///
/// ```
/// C = √( 32 K m / (n √T) · ln(2 K m S / δ) ),   S = log₂(√T / (4 K m) + 1), at least 1
/// ```
///
/// An epoch that is cut off drops nothing.
///
/// Source: Malik, Li, Singh, COLT 2022, algorithm and theorem 1.
public struct PeriodicElimination: EnumerablePolicy {
  /// The most sequences that are kept track of.
  public static let sequenceLimit = 1 << 20

  /// P, the period of the sequences.
  public let period: Int
  private let armCount: Int
  private let memory: Int
  /// ln(2 K m S / δ)
  private let logTerm: Double
  private let rootHorizon: Double

  /// The sequences alive, as numbers in base K whose lowest digit is played first; nil before the first choice.
  private var alive: [Int32]?
  private var epoch = 1
  /// For the cells that are visited: their number and the sequence that visits them most often.
  private var agenda: [(cell: Int, sequence: Int32)] = []
  private var item = 0
  /// Steps made of the running item.
  private var step = 0
  /// Sums and numbers of the losses recorded in this epoch, by cell.
  private var sums: [Double]
  private var counts: [Double]
  /// The arms of one period of the running sequence, and its cells.
  private var arms: [Int] = []
  private var cells: [Int] = []

  /// A fresh learner.
  ///
  /// - Parameters:
  ///   - armCount: K.
  ///   - memory: m ≥ 1.
  ///   - horizon: T.
  ///   - delta: δ in (0, 1).
  /// - Throws: ``BanditError/tooManyStates(needed:budget:)`` when K^⌊√T⌋ is above ``sequenceLimit``,
  ///   ``BanditError/parameter(name:value:needed:)``.
  public init(armCount: Int, memory: Int, horizon: Int, delta: Double) throws(BanditError) {
    guard delta > 0, delta < 1 else { throw .parameter(name: "delta", value: delta, needed: "a number in (0, 1)") }
    rootHorizon = Double(max(1, horizon)).squareRoot()
    period = max(1, Int(rootHorizon))
    let needed = Double.pow(Double(armCount), Double(period))
    guard needed <= Double(Self.sequenceLimit) else {
      throw .tooManyStates(needed: needed, budget: Self.sequenceLimit)
    }
    self.armCount = armCount
    self.memory = memory
    let cellCount = armCount * memory
    let epochs = max(1, Double.log2(rootHorizon / (4 * Double(cellCount)) + 1))
    logTerm = Double.log(2 * Double(cellCount) * epochs / delta)
    sums = [Double](repeating: 0, count: cellCount)
    counts = sums
  }

  /// How many sequences are alive.
  public var survivors: Int { alive?.count ?? Int(Double.pow(Double(armCount), Double(period)).rounded()) }

  private func digits(_ sequence: Int32) -> [Int] {
    var rest = Int(sequence)
    return (0..<period).map { _ in
      defer { rest /= armCount }
      return rest % armCount
    }
  }

  /// The cell of every step of a period, once the sequence has been played for long: arm · m + count − 1.
  private func cells(of arms: [Int]) -> [Int] {
    // A window of m plays holds m / P whole periods and the first m mod P plays back from the present one.
    var inPeriod = [Int](repeating: 0, count: armCount)
    for arm in arms { inPeriod[arm] += 1 }
    let whole = memory / period, rest = memory % period
    return (0..<period).map { t in
      var count = whole * inPeriod[arms[t]]
      for back in 0..<rest where arms[(t - back + period) % period] == arms[t] { count += 1 }
      return arms[t] * memory + count - 1
    }
  }

  /// Sets up an epoch: who is played for which cell.
  private mutating func beginEpoch() {
    let sequences = alive ?? (0..<Int32(survivors)).map { $0 }
    alive = sequences
    var visits = [Int](repeating: 0, count: sums.count)
    var most = visits
    var chosen = [Int32](repeating: 0, count: sums.count)
    for sequence in sequences {
      let cells = cells(of: digits(sequence))
      for cell in cells { visits[cell] += 1 }
      for cell in cells {
        if visits[cell] > most[cell] {
          most[cell] = visits[cell]
          chosen[cell] = sequence
        }
        visits[cell] = 0
      }
    }
    agenda = most.indices.filter { most[$0] > 0 }.map { ($0, chosen[$0]) }
    for cell in sums.indices {
      sums[cell] = 0
      counts[cell] = 0
    }
    item = 0
    beginItem()
  }

  private mutating func beginItem() {
    step = 0
    arms = digits(agenda[item].sequence)
    cells = cells(of: arms)
  }

  /// Drops what is clearly worse; a lone survivor is played for ever.
  private mutating func endEpoch() {
    let means = sums.indices.map { counts[$0] > 0 ? sums[$0] / counts[$0] : 0 }
    let sequences = alive ?? []
    let estimates = sequences.map { sequence in
      cells(of: digits(sequence)).reduce(0) { $0 + means[$1] } / Double(period)
    }
    let n = Double(1 << min(epoch, 40))
    let radius = (32 * Double(sums.count) / (n * rootHorizon) * logTerm).squareRoot()
    let least = estimates.min() ?? 0
    alive = zip(sequences, estimates).filter { $0.1 <= least + 2 * radius }.map(\.0)
    epoch += 1
    beginEpoch()
  }

  /// The next play of the running sequence.
  public mutating func choose(using stream: inout RandomStream) -> Int {
    if alive == nil { beginEpoch() }
    return arms[step % period]
  }

  /// Records the loss, after the history was washed out.
  public mutating func learn(arm: Int, reward: Double, using stream: inout RandomStream) {
    let length = period << min(epoch, 40)
    if step >= length, cells[step % period] == agenda[item].cell {
      sums[agenda[item].cell] += 1 - reward
      counts[agenda[item].cell] += 1
    }
    step += 1
    guard step == 2 * length, survivors > 1 else { return }
    item += 1
    if item < agenda.count { beginItem() } else { endEpoch() }
  }

  /// All mass on the next arm.
  public func distribution() -> [Double] {
    var copy = self
    var unused = RandomStream(seed: 0)
    let next = copy.choose(using: &unused)
    return (0..<armCount).map { $0 == next ? 1 : 0 }
  }
}
