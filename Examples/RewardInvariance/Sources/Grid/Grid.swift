/// A little game: walk from the corner to the goal on a 4 × 4 board; a step slips to the side one time in ten.
public struct Grid {
  /// A square; the goal leads to `home`, where the game is over.
  public struct Square: Hashable, Sendable {
    /// Steps east of the corner.
    public var x: Int
    /// Steps north of the corner.
    public var y: Int
    /// Where the game begins.
    public static let start = Square(x: 0, y: 0)
    /// Where it is won.
    public static let goal = Square(x: 3, y: 3)
    /// Where it is over.
    public static let home = Square(x: -1, y: -1)
  }

  /// A step.
  public enum Move: Hashable, Sendable, CaseIterable { case north, east, south, west }

  /// Where a move may lead, with probabilities.
  public static func outcomes(at square: Square, _ move: Move) -> [(next: Square, probability: Double)] {
    if square == .goal || square == .home { return [(.home, 1)] }
    let (dx, dy) = [Move.north: (0, 1), .east: (1, 0), .south: (0, -1), .west: (-1, 0)][move] ?? (0, 0)
    func step(_ dx: Int, _ dy: Int) -> Square {
      Square(x: min(3, max(0, square.x + dx)), y: min(3, max(0, square.y + dy)))
    }
    return [(step(dx, dy), 0.875), (step(dy, dx), 0.125)]
  }

  /// The score: 1 for leaving the goal, a small price for each step before, a higher one in the mud at (1, 1).
  public static func score(_ from: Square, _ to: Square) -> Double {
    from == .home ? 0 : from == .goal ? 1 : from == Square(x: 1, y: 1) ? -0.25 : -0.0625
  }

  /// A guess at how far the goal is: 0 once the game is over.
  public static func progress(_ square: Square) -> Double {
    square == .home ? 0 : -Double(6 - square.x - square.y) / 8
  }

  /// The bonus that a learner gets for progress.
  public static func bonus(_ from: Square, _ to: Square, discount: Double) -> Double {
    discount * progress(to) - progress(from)
  }

  /// The bonus that was there first: it pays for coming nearer and takes nothing back for going away.
  public static func eagerBonus(_ from: Square, _ to: Square) -> Double {
    from == .home ? 0 : max(0, progress(to) - progress(from))
  }

  /// The bonus as a beginner writes it: the guess is 1 higher everywhere, also once the game is over, where nothing is
  /// paid any more.
  public static func bonusWithoutEnd(_ from: Square, _ to: Square, discount: Double) -> Double {
    from == .home ? 0 : discount * (progress(to) + 1) - (progress(from) + 1)
  }
}
