/// Sends each arrival where the expected gain looks largest without looking at outcomes: with s_u the chance that u has
/// succeeded so far, to the largest w_u (1 − s_u) p_uv, even when that vertex has succeeded already.
///
/// Source: NonAdaptive of Mehta, Waggoner, Zadimoghaddam (2015); 1/2 of the matching bound, the best without feedback.
/// The weights are our extension; the paper has none.
public struct NonAdaptive: Sendable {
  /// The offline vertex that each arrival is sent to, shape (m); nil for an arrival without edges.
  public let assignment: [Int?]
  /// The exact value.
  public let value: MatchingValue

  /// The plan for an instance and its exact value.
  ///
  /// - Complexity: O(edges)
  public init(for original: MatchingInstance) {
    let (instance, origins) = original.withUnitCapacities
    var success = [Double](repeating: 0, count: instance.offlineCount)
    var assignment: [Int?] = []
    for edges in instance.arrivals {
      let best = bestEdges(edges, weights: instance.weights, success: success).first
      assignment.append(best?.offline)
      if let best { success[best.offline] += (1 - success[best.offline]) * best.probability }
    }
    self.assignment = assignment
    value = MatchingValue(original, copies: success, origins: origins)
  }
}

/// Has a first and a second choice for each arrival, planned without feedback; the second is used when the first is known
/// to have succeeded for good.
///
/// With a, b the two neighbours of the largest w_u (1 − s_u) p_uv: if a has not succeeded, attempt a, and on success set its
/// flag F_a; else if F_a is not set, set it with probability p_av and do nothing; else attempt b if it is available. The
/// chance s_u of success is exact and needs no feedback:
///
/// ```
/// G_ab ← p_bv B_a + (1 − p_bv) G_ab   (old B_a)
/// B_a  ← B_a + (1 − B_a) p_av
/// 1 − s_u = (1 − B_u) Π_{a≠u} (1 − G_au)
/// ```
///
/// Source: SemiAdaptive of Mehta, Waggoner, Zadimoghaddam (2015); 0.534 for vanishing probabilities.
/// The weights are our extension; the paper has none.
public struct SemiAdaptive: Sendable {
  /// The plan for one arrival.
  public struct Choice: Sendable, Equatable {
    /// The edge of the largest w_u (1 − s_u) p_uv; nil for an arrival without edges.
    public let first: MatchingInstance.Edge?
    /// The edge of the second largest.
    public let second: MatchingInstance.Edge?
  }

  /// The plan for each arrival, shape (m).
  public let choices: [Choice]
  /// The exact value.
  public let value: MatchingValue

  /// The plan for an instance and its exact value.
  ///
  /// - Complexity: O(n² + Σ degree)
  public init(for original: MatchingInstance) {
    let (instance, origins) = original.withUnitCapacities
    let n = instance.offlineCount
    var flagged = [Double](repeating: 0, count: n)
    // served[b][a] = G_ab, the chance that b would have succeeded as the second choice behind a.
    var served = [[Int: Double]](repeating: [:], count: n)
    var success = [Double](repeating: 0, count: n)
    var choices: [Choice] = []
    func refresh(_ u: Int) {
      // In ascending order of a, so that the product is the same bytes on every run.
      let behind = served[u].sorted { $0.key < $1.key }.reduce(1) { $0 * (1 - $1.value) }
      success[u] = 1 - (1 - flagged[u]) * behind
    }
    for edges in instance.arrivals {
      let best = bestEdges(edges, weights: instance.weights, success: success)
      choices.append(Choice(first: best.first, second: best.count > 1 ? best[1] : nil))
      guard let a = best.first else { continue }
      if best.count > 1 {
        let b = best[1]
        let old = served[b.offline][a.offline] ?? 0
        served[b.offline][a.offline] = b.probability * flagged[a.offline] + (1 - b.probability) * old
        refresh(b.offline)
      }
      flagged[a.offline] += (1 - flagged[a.offline]) * a.probability
      refresh(a.offline)
    }
    self.choices = choices
    value = MatchingValue(original, copies: success, origins: origins)
  }
}

/// The (at most two) edges of the largest w_u (1 − s_u) p_uv, the best first; the lowest vertex among equals.
private func bestEdges(
  _ edges: [MatchingInstance.Edge], weights: [Double], success: [Double]
) -> [MatchingInstance.Edge] {
  var rest = edges
  var best: [MatchingInstance.Edge] = []
  while best.count < 2, !rest.isEmpty {
    let scores = rest.map { weights[$0.offline] * (1 - success[$0.offline]) * $0.probability }
    let top = scores.reduce(-Double.infinity) { $1 > $0 ? $1 : $0 }
    guard let position = scores.firstIndex(where: { $0 >= top - tieTolerance }) else { break }
    best.append(rest.remove(at: position))
  }
  return best
}

extension MatchingValue {
  /// The value of an instance from the success probabilities of its copies of capacity 1.
  init(_ instance: MatchingInstance, copies: [Double], origins: [Int]) {
    var success = [Double](repeating: 0, count: instance.offlineCount)
    for (copy, probability) in copies.enumerated() { success[origins[copy]] += probability }
    self.init(weights: instance.weights, successProbability: success)
  }
}
