/// How a reachability or total-reward problem is solved after the graph search. Every method works on the same model with
/// end components collapsed, and every answer is proven.
public enum StoppingMethod: String, Sendable, Equatable, CaseIterable {
  /// Policy iteration with residuals in extended precision: the tightest bounds, mostly the fastest as well.
  case automatic
  /// Value iteration from below and from above until the two meet (Haddad and Monmege 2018; Baier et al. 2017).
  case intervalIteration = "interval-iteration"
  /// Value iteration from below, a guess above it that is then verified (Hartmanns and Kaminski 2020).
  case optimisticValueIteration = "optimistic-value-iteration"
}
