public import Simulation

/// Something that chooses arms and sees rewards: a ``BanditPolicy``, or its view for a stretch of pulls.
public protocol Chooser {
  /// The arm to pull next, counted from 0.
  mutating func choose(using stream: inout RandomStream) -> Int

  /// Takes in the reward of a pull.
  mutating func learn(arm: Int, reward: Double, using stream: inout RandomStream)
}

/// A learner: chooses an arm, sees its reward, chooses again.
///
/// Conform a value type of your own and hand it to ``BanditRun/play(_:in:horizon:checkpoints:policyStream:environmentStreams:)``
/// like the policies that come along; the loop is specialised for it. Only `choose` and `learn` need to be written.
public protocol BanditPolicy: Chooser, Sendable {
  /// What chooses during a stretch of pulls: the policy itself, or a view of its storage.
  associatedtype Stretch: Chooser = Self

  /// Hands `body` this learner for a stretch of pulls, and keeps what it has become.
  ///
  /// The learner itself unless a policy says otherwise; a policy whose step costs nanoseconds hands out pointers to its
  /// storage, so that no step pays for a check that it is not shared.
  mutating func stretch<Outcome>(_ body: (inout Stretch) -> Outcome) -> Outcome
}

extension BanditPolicy where Stretch == Self {
  /// The learner itself.
  @inlinable @inline(__always) public mutating func stretch<Outcome>(_ body: (inout Self) -> Outcome) -> Outcome {
    body(&self)
  }
}

/// A policy whose choice, given what it has learnt, has a known distribution: exact evaluation enumerates over it.
public protocol EnumerablePolicy: BanditPolicy {
  /// The probability of every arm at the next choice, shape (K).
  func distribution() -> [Double]
}

/// What an index policy does when several arms are within 1e-12 of the best.
public enum TieRule: String, Sendable, Equatable {
  /// Takes the lowest arm.
  case lowest
  /// Takes each of them with the same probability.
  case random

  /// How near to the best an index counts as equal.
  @usableFromInline static let tolerance = 1e-12
}

/// What was seen of every arm.
public struct ArmStatistics: Sendable, Equatable {
  /// How often each arm's reward was seen, as numbers for the formulas.
  public var pulls: [Double]
  /// The sum of each arm's rewards.
  public var sums: [Double]
  /// Their quotient; 0 before the first.
  public var means: [Double]

  /// Nothing seen of `armCount` arms.
  public init(armCount: Int) {
    pulls = [Double](repeating: 0, count: armCount)
    sums = pulls
    means = pulls
  }

  /// Takes in one reward.
  @inlinable public mutating func add(_ reward: Double, arm: Int) {
    pulls[arm] += 1
    sums[arm] += reward
    means[arm] = sums[arm] / pulls[arm]
  }

  /// Hands `body` the number of arms and pointers to their pulls, sums and means.
  @inlinable @inline(__always) mutating func withPointers<Outcome>(
    _ body: (
      Int, UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>
    ) -> Outcome
  ) -> Outcome {
    pulls.withUnsafeMutableBufferPointer { pulls in
      sums.withUnsafeMutableBufferPointer { sums in
        means.withUnsafeMutableBufferPointer { means in
          guard let n = pulls.baseAddress, let sum = sums.baseAddress, let mean = means.baseAddress else {
            preconditionFailure("a bandit has at least one arm")
          }
          return body(pulls.count, n, sum, mean)
        }
      }
    }
  }

  /// The lowest arm within 1e-12 of the largest mean.
  var best: Int {
    let largest = means.max() ?? 0
    return means.firstIndex { $0 >= largest - TieRule.tolerance } ?? 0
  }
}

extension EnumerablePolicy {
  /// Goes on as if `arm` had been chosen and given `reward`.
  mutating func advance(_ arm: Int, _ reward: Double) {
    var unused = RandomStream(seed: 0)
    // The choice is made for what it changes inside, such as the time; which arm it names does not matter.
    _ = choose(using: &unused)
    learn(arm: arm, reward: reward, using: &unused)
  }
}
