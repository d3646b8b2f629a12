public import Bandits
public import JSON

extension BanditProblem {
  /// The problem as ``BanditProblemFile`` reads it; nil when it has a loss function of the caller's own, which no file can
  /// hold.
  public var json: JSONValue? {
    switch model {
    case .stochastic(let bandit):
      var members: [JSONValue.Member] = []
      if bandit.isBernoulli {
        members.append(.init("means", .numbers(bandit.means)))
      } else {
        members.append(.init("arms", .array(bandit.arms.map(\.json))))
      }
      members.append(.init("T", .integer(horizon)))
      switch bandit.delay {
      case .none: break
      case .constant(let steps): members.append(.init("delay", .integer(steps)))
      case .geometric(let mean): members.append(.init("delay", ["geometric": .finite(mean)]))
      }
      if bandit.drift > 0 { members.append(.init("drift", .finite(bandit.drift))) }
      return .object(members)
    case .tallying(let bandit, let noise):
      let losses = bandit.losses.compactMap(\.json)
      guard losses.count == bandit.armCount else { return nil }
      func vector(_ weights: TallyWeights) -> JSONValue { .numbers((0..<weights.memory).map { weights[$0] }) }
      let first = bandit.weights[0]
      let weights: JSONValue =
        bandit.weights.allSatisfy { $0 == first }
        ? first.areUnit ? "unit" : vector(first) : .array(bandit.weights.map(vector))
      return [
        "K": .integer(bandit.armCount), "m": .integer(bandit.memory), "weights": weights, "loss": .array(losses),
        "noise": noise.json, "T": .integer(horizon),
      ]
    }
  }
}

extension RewardDistribution {
  var json: JSONValue {
    switch self {
    case .bernoulli(let mean): ["bernoulli": ["mean": .finite(mean)]]
    case .gaussian(let mean, let sigma): ["gaussian": ["mean": .finite(mean), "sigma": .finite(sigma)]]
    case .beta(let a, let b): ["beta": ["a": .finite(a), "b": .finite(b)]]
    case .uniform(let low, let high): ["uniform": ["low": .finite(low), "high": .finite(high)]]
    case .constant(let value): ["constant": ["value": .finite(value)]]
    }
  }
}

extension LossNoise {
  var json: JSONValue {
    switch self {
    case .bernoulli: "bernoulli"
    case .none: "none"
    case .gaussian(let sigma): ["gaussian": ["sigma": .finite(sigma)]]
    case .clippedGaussian(let sigma): ["clippedGaussian": ["sigma": .finite(sigma)]]
    case .beta(let concentration): ["beta": ["concentration": .finite(concentration)]]
    }
  }
}

extension LossFunction {
  /// nil for a function of the caller's own.
  var json: JSONValue? {
    switch self {
    case .table(let values): ["type": "table", "values": .numbers(values)]
    case .constant(let value): ["type": "const", "value": .finite(value)]
    case .exponential(let lo, let hi, let c):
      ["type": "exp", "lo": .finite(lo), "hi": .finite(hi), "c": .finite(c)]
    case .power(let lo, let hi, let c, let a):
      ["type": "power", "lo": .finite(lo), "hi": .finite(hi), "c": .finite(c), "a": .finite(a)]
    case .linear(let a, let b): ["type": "linear", "a": .finite(a), "b": .finite(b)]
    case .step(let hi, let lo, let threshold):
      ["type": "step", "hi": .finite(hi), "lo": .finite(lo), "threshold": .finite(threshold)]
    case .vee(let lo, let slope, let at):
      ["type": "vee", "lo": .finite(lo), "slope": .finite(slope), "at": .finite(at)]
    case .custom: nil
    }
  }
}
