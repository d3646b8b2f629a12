public import Simulation

/// How the loss that the player sees scatters around its mean; the mean is kept (except by clipping).
public enum LossNoise: Sendable, Equatable {
  /// 1 with probability of the mean loss, else 0.
  case bernoulli
  /// The mean loss itself.
  case none
  /// Normal with the given standard deviation, not clipped.
  case gaussian(sigma: Double)
  /// Normal with the given standard deviation, clipped to [0, 1].
  case clippedGaussian(sigma: Double)
  /// Beta with the given sum of parameters.
  case beta(concentration: Double)

  /// Whether what is seen lies in [0, 1].
  public var isInUnitInterval: Bool { if case .gaussian = self { false } else { true } }

  /// A loss that is seen when the mean loss is `mean`.
  @inlinable public func draw(mean: Double, using stream: inout RandomStream) -> Double {
    switch self {
    case .bernoulli: return stream.bernoulli(mean) ? 1 : 0
    case .none: return mean
    case .gaussian(let sigma): return mean + sigma * stream.normal()
    case .clippedGaussian(let sigma):
      let value = mean + sigma * stream.normal()
      return value < 0 ? 0 : value > 1 ? 1 : value
    case .beta(let concentration):
      return mean <= 0 || mean >= 1 ? mean : stream.beta(mean * concentration, (1 - mean) * concentration)
    }
  }

  /// Checks the parameter.
  ///
  /// - Throws: ``BanditError/parameter(name:value:needed:)``.
  public func validate() throws(BanditError) {
    switch self {
    case .bernoulli, .none: break
    case .gaussian(let sigma), .clippedGaussian(let sigma):
      guard sigma >= 0, sigma.isFinite else {
        throw .parameter(name: "noise sigma", value: sigma, needed: "a number that is not negative")
      }
    case .beta(let concentration):
      guard concentration > 0, concentration.isFinite else {
        throw .parameter(name: "noise concentration", value: concentration, needed: "a positive number")
      }
    }
  }
}
