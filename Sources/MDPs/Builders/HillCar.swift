/// A car too weak for the hill before it, which must gather speed in the valley: position and velocity on a grid, the motion
/// between grid points spread over the four corners around.
///
/// State i · size + j is position i and velocity j. Actions 0, 1, 2 push back, not at all, forward. Every step costs 1; from
/// position ⌈(size − 1) · goal⌉ on the car is at rest, free. The motion is computed in integers of 16 fractional bits, with a
/// parabola in place of the cosine.
///
/// Source of the problem: Moore, "Efficient memory-based learning for robot control", thesis, Cambridge (1990).
public struct HillCar: MDPBuilder, Equatable {
  /// The number of grid points along each axis, at least 2.
  public let size: Int
  /// The numerator of the goal's share of the way.
  public let goalNumerator: Int
  /// Its denominator.
  public let goalDenominator: Int

  /// A grid of this size.
  public init(size: Int, goalNumerator: Int, goalDenominator: Int) {
    self.size = size
    self.goalNumerator = goalNumerator
    self.goalDenominator = goalDenominator
  }

  private static let one = 1 << 16

  /// - Complexity: O(size²)
  public func build(discount: Double) throws(MDPError) -> (mdp: MDP, reward: Reward) {
    try require("the size", size, in: 2...20_000)
    try require("the goal's denominator", goalDenominator, in: 1...1_000_000)
    try require("the goal's numerator", goalNumerator, in: 0...goalDenominator)
    let goal = ((size - 1) * goalNumerator + goalDenominator - 1) / goalDenominator
    var rows = DyadicRows(stateCount: size * size, actionCount: 3, denominatorBits: 32, entriesPerRow: 4)
    for position in 0..<size {
      for velocity in 0..<size {
        for action in 0..<3 {
          if position >= goal {
            rows.append([(position * size + velocity, 1 << 32)], reward: 0)
          } else {
            rows.append(corners(position: position, velocity: velocity, action: action), reward: -1)
          }
        }
      }
    }
    return try rows.build(discount: discount)
  }

  private func corners(position i: Int, velocity j: Int, action: Int) -> [(successor: Int, numerator: Int)] {
    let top = (size - 1) * Self.one
    let push = Self.one * (size - 1) / 140
    let gravity = Self.one * (size - 1) * 25 / 1400
    let angle = -37549 + 56324 * i / (size - 1)
    let phase = (angle + 16384) & 65535
    let half = phase & 32767
    let slope = ((half * (32768 - half)) >> 12) * (phase >= 32768 ? -1 : 1)
    var v = min(max(j * Self.one + (action - 1) * push - (gravity * slope) >> 16, 0), top)
    var x = i * Self.one + Self.floorOfQuotient((v - top / 2) * 7, 90)
    if x <= 0 {
      x = 0
      v = top / 2
    } else if x > top {
      x = top
    }
    let ix = min(x >> 16, size - 2)
    let iv = min(v >> 16, size - 2)
    let fx = x - ix << 16
    let fv = v - iv << 16
    return [
      (ix * size + iv, (Self.one - fx) * (Self.one - fv)), (ix * size + iv + 1, (Self.one - fx) * fv),
      ((ix + 1) * size + iv, fx * (Self.one - fv)), ((ix + 1) * size + iv + 1, fx * fv),
    ]
  }

  private static func floorOfQuotient(_ numerator: Int, _ denominator: Int) -> Int {
    let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
