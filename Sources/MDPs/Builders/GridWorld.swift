internal import LinearAlgebra

/// A grid world drawn as text.
///
/// ```
/// S..#
/// .H..
/// ...G
/// ```
///
/// | letter | cell |
/// | --- | --- |
/// | `.`, `F` or blank | free |
/// | `#` | wall: no state |
/// | `S` | free, and where an episode starts (each with equal probability; any free cell when there is no `S`) |
/// | `G` | goal: entering pays ``goalReward``, then the episode is over |
/// | `H` | hole: entering pays ``holeReward``, then the episode is over |
///
/// States are the cells that are no walls, row by row, named `row,column`. Actions 0 to 3 are north, east, south, west; a move
/// into a wall or off the map stays. With probability ``slip`` a move goes astray, to either side alike. Goals and holes
/// are absorbing and pay nothing more.
public struct GridWorld: MDPBuilder, Equatable {
  /// The map, one line a row; lines may differ in length.
  public let map: String
  /// The probability that a move goes to one of its sides, in [0, 1].
  public var slip: Double
  /// Paid in every step from a free cell.
  public var stepReward: Double
  /// Paid for entering a goal, on top of ``stepReward``.
  public var goalReward: Double
  /// Paid for entering a hole, on top of ``stepReward``.
  public var holeReward: Double

  /// A world with the given map.
  public init(
    map: String, slip: Double = 0, stepReward: Double = 0, goalReward: Double = 1, holeReward: Double = 0
  ) {
    self.map = map
    self.slip = slip
    self.stepReward = stepReward
    self.goalReward = goalReward
    self.holeReward = holeReward
  }

  /// - Complexity: O(cells)
  public func build(discount: Double) throws(MDPError) -> (mdp: MDP, reward: Reward) {
    guard slip >= 0, slip <= 1 else { throw .parameter(name: "slip", value: "\(slip)", needed: "between 0 and 1") }
    let cells = try self.cells()
    var numbers: [Place: Int] = [:]
    for (state, cell) in cells.enumerated() { numbers[cell.place] = state }
    var rows = SparseRowsBuilder(columnCount: cells.count, capacity: 12 * cells.count)
    var rewards: [Double] = []
    for (state, cell) in cells.enumerated() {
      for action in 0..<4 {
        var successors: [Int: Double] = [:]
        if cell.letter == "G" || cell.letter == "H" {
          successors[state] = 1
          rewards.append(0)
        } else {
          var reward = stepReward
          // 1 − slip is rounded once; the two halves of slip are exact, so the row sums to 1 but for that rounding.
          for (direction, probability) in [
            (action, 1 - slip), ((action + 1) % 4, slip / 2), ((action + 3) % 4, slip / 2),
          ]
          where probability > 0 {
            let next = numbers[cell.place.neighbour(direction)] ?? state
            successors[next, default: 0] += probability
            if cells[next].letter == "G" { reward += probability * goalReward }
            if cells[next].letter == "H" { reward += probability * holeReward }
          }
          rewards.append(reward)
        }
        for (next, probability) in successors.sorted(by: { $0.key < $1.key }) {
          rows.append(column: Int32(next), value: probability)
        }
        rows.endRow()
      }
    }
    let mdp = try MDP(
      actionCount: 4, transitions: .sparse(rows.build()), discount: discount,
      initialDistribution: Self.initialDistribution(cells),
      stateNames: cells.map { "\($0.place.row),\($0.place.column)" }, actionNames: ["north", "east", "south", "west"])
    return (mdp, try Reward.pairs(rewards, stateCount: cells.count, actionCount: 4))
  }

  private struct Place: Hashable {
    var row: Int
    var column: Int

    func neighbour(_ direction: Int) -> Place {
      Place(row: row + [-1, 0, 1, 0][direction], column: column + [0, 1, 0, -1][direction])
    }
  }

  private struct Cell {
    var place: Place
    var letter: Character
  }

  private func cells() throws(MDPError) -> [Cell] {
    var cells: [Cell] = []
    for (row, line) in map.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      for (column, letter) in line.enumerated() where letter != "#" {
        guard ".F SGH".contains(letter) else {
          throw .parameter(
            name: "the map's letter in row \(row), column \(column)", value: "\"\(letter)\"",
            needed: "one of . F S G H # or a blank")
        }
        cells.append(Cell(place: Place(row: row, column: column), letter: letter))
      }
    }
    guard !cells.isEmpty else { throw .empty("state") }
    return cells
  }

  private static func initialDistribution(_ cells: [Cell]) -> [Double] {
    var starts = cells.indices.filter { cells[$0].letter == "S" }
    if starts.isEmpty { starts = cells.indices.filter { cells[$0].letter != "G" && cells[$0].letter != "H" } }
    if starts.isEmpty { starts = Array(cells.indices) }
    var result = [Double](repeating: 0, count: cells.count)
    for state in starts { result[state] = 1 / Double(starts.count) }
    return result
  }
}
