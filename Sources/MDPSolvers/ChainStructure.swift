public import MDPs
internal import LinearAlgebra

/// How the states of a model hang together: where one may stay for ever, and whether the optimal average reward must be
/// the same from all states.
///
/// A model is *communicating* when every state can be reached from every other under some policy; *weakly communicating*
/// when, besides, there may be states that every policy leaves for good; *multichain* otherwise. The first two have one
/// maximal end component, and then a constant optimal gain. (Whether *every* policy has a single recurrent class is
/// another question, and NP-hard: Tsitsiklis, 2007.)
///
/// Source: Puterman, Markov Decision Processes (1994), §8.3; Kallenberg, Classification problems in MDPs (2002).
public struct ChainStructure: Sendable, Equatable {
  /// The kinds, from the simplest on.
  public enum Kind: String, Sendable, CaseIterable {
    /// All states reach each other.
    case communicating
    /// All states but some that every policy leaves for good reach each other.
    case weaklyCommunicating = "weakly communicating"
    /// There are several sets of states in which one may stay for ever and that do not all reach each other.
    case multichain
  }

  /// Which kind it is.
  public let kind: Kind
  /// The maximal end components: the sets of states in which one may stay for ever, each ascending, by least state.
  public let endComponents: [[Int]]
  /// The number of states outside all of them: those that every policy leaves for good.
  public let transientCount: Int

  /// The structure of `mdp`, all available actions counted.
  ///
  /// - Complexity: O(S · stored transitions) at worst; a few passes in practice.
  public init(_ mdp: MDP) {
    let rows = mdp.transitions.sparseRows
    self.init(
      EndComponents(
        rows, actionCount: mdp.actionCount,
        allowed: mdp.availability ?? [Bool](repeating: true, count: rows.rowCount)))
  }

  init(_ components: EndComponents) {
    var members = [[Int]](repeating: [], count: components.count)
    var outside = 0
    for (s, c) in components.component.enumerated() {
      if c >= 0 { members[Int(c)].append(s) } else { outside += 1 }
    }
    endComponents = members
    transientCount = outside
    kind = members.count > 1 ? .multichain : outside == 0 ? .communicating : .weaklyCommunicating
  }
}
