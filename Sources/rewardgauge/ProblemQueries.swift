import ArgumentParser
import RewardGauge

/// What commands ask of a problem that was read.
extension Problem {
  /// The problem in rationals: those of the file where it has them, else its doubles as `reading` says.
  func rationalModel(_ reward: Reward?, _ reading: NumberReading) throws -> RationalModel {
    let place = reward.flatMap { reward in rewards.firstIndex { $0.name == reward.name } }
    guard let exact, reading == .automatic, reward == nil || place.flatMap({ exact.rewards[$0] }) != nil else {
      return try RationalModel(mdp, reward: reward, reading: reading)
    }
    let none = [Rational](repeating: 0, count: mdp.stateCount * mdp.actionCount)
    return try RationalModel(
      mdp, probabilities: exact.probabilities,
      rewards: place.flatMap { exact.rewards[$0] } ?? none)
  }

  /// The problem in rationals under two rewards, both read alike: those of the file where it has both.
  func rationalModels(
    _ first: Reward, _ second: Reward, _ reading: NumberReading
  ) throws -> (RationalModel, RationalModel) {
    func isExact(_ reward: Reward) -> Bool {
      guard let exact, let place = rewards.firstIndex(where: { $0.name == reward.name }) else { return false }
      return exact.rewards[place] != nil
    }
    if isExact(first) == isExact(second) {
      return (try rationalModel(first, reading), try rationalModel(second, reading))
    }
    return (
      try RationalModel(mdp, reward: first, reading: reading), try RationalModel(mdp, reward: second, reading: reading)
    )
  }

  /// How far, relatively, the doubles of the model may be from the rationals that the file holds.
  var inputRoundoff: Double {
    guard let exact else { return 0 }
    let isInDoubles = exact.probabilities.allSatisfy { Rational(exactly: Double($0)) == $0 }
    return isInDoubles ? 0 : 0x1p-53
  }

  /// The reward called `name`; the only one when there is no name.
  func reward(named name: String?) throws -> Reward {
    if let name { return try reward(named: name) }
    guard let only = rewards.first, rewards.count == 1 else {
      throw ValidationError(
        rewards.isEmpty
          ? "the file has no reward"
          : "choose a reward by --reward: the file has \(rewards.map(\.name).joined(separator: ", "))")
    }
    return only
  }
}
