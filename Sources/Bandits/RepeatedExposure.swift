/// Whether repeated exposure is optimal for a tallying bandit (REO): some arm, played again and again, ends up with the
/// least loss there is.
///
/// Two forms:
/// - strong: an arm x* has h_{x*}(W_{x*}) ≤ h_x(y) for every arm x and every attainable tally y of x;
/// - cycle: the minimum mean cycle has the value min_a h_a(W_a), so that some arm alone is an optimal cycle.
///
/// Strong implies cycle, not the other way round: with one arm of losses 0.9, 0.2, 0.5 only the cycle form holds.
///
/// Source: Malik, Igoe, Li, Singh, ICML 2023, arXiv 2305.02955 (the notion; the two forms are this library's reading).
public struct RepeatedExposure: Sendable {
  /// Whether the strong form holds; nil when the tallies are too many to tell.
  public let strong: Bool?
  /// The lowest arm with which the strong form holds.
  public let arm: Int?
  /// Whether the cycle form holds; nil when the histories are too many to tell.
  public let cycle: Bool?
  /// The least loss that was found at an attainable tally of any arm.
  public let minimumAttainableLoss: Double
  /// The minimum mean cycle; nil when the histories are too many.
  public let minimumMeanCycle: MinimumMeanCycle?

  /// How far two losses may be apart and still count as equal, by rounding of tallies.
  public static let tolerance = 1e-12

  /// Decides both forms for `bandit`.
  ///
  /// - Parameters:
  ///   - bandit: The bandit.
  ///   - stateBudget: The most histories to search for the cycle form.
  public init(_ bandit: TallyingBandit, stateBudget: Int = MinimumMeanCycle.defaultStateBudget) {
    let minima = (0..<bandit.armCount).map { AttainableMinimum(bandit, arm: $0) }
    let value = minima.map(\.value).min() ?? 0
    let lower = minima.map(\.lower).min() ?? 0
    let saturated = (0..<bandit.armCount).map { bandit.saturatedLoss(of: $0) }
    minimumAttainableLoss = value
    arm = saturated.firstIndex { $0 <= lower + Self.tolerance }
    strong = arm != nil ? true : saturated.contains { $0 <= value + Self.tolerance } ? nil : false
    let best = saturated.min() ?? 0
    do throws(BanditError) {
      let found = try MinimumMeanCycle(bandit, stateBudget: stateBudget)
      minimumMeanCycle = found
      cycle = found.mean >= best - 1e-9
    } catch {
      minimumMeanCycle = nil
      cycle = strong == true ? true : nil
    }
  }

  /// Bounds of OPT_T that follow from the strong form with arm x* and μ* = h_{x*}(W_{x*}); nil when it does not hold.
  ///
  /// ```
  /// T μ* ≤ OPT_T ≤ T μ* + Σ_{j = 1 … min(m−1, T)} (h_{x*}(w[0] + … + w[j−1]) − μ*)
  /// ```
  public func optimumBounds(_ bandit: TallyingBandit, horizon: Int) -> ClosedRange<Double>? {
    guard let arm else { return nil }
    let lower = Double(horizon) * bandit.saturatedLoss(of: arm)
    return lower...max(lower, bandit.constantLoss(of: arm, horizon: horizon))
  }
}
