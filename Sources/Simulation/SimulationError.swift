/// What is wrong with how an experiment was asked for.
public enum SimulationError: Error, Equatable, Sendable {
  /// A share that is not `i/n` with 1 ≤ i ≤ n.
  case shard(String)
  /// Replicates that no part of a merge holds.
  case missing(replicate: Int)
  /// A count that must be at least 1.
  case count(of: String, Int)
  /// A row of another width than the experiment's.
  case width(replicate: Int, expected: Int, got: Int)
}

extension SimulationError: CustomStringConvertible {
  /// One sentence that says what is wrong, where, and how to mend it.
  public var description: String {
    switch self {
    case .shard(let text): "shard \(text): write i/n with 1 <= i <= n, for example 2/8"
    case .missing(let replicate): "replicate \(replicate) is in none of the parts; add the shard that holds it"
    case .count(let name, let value): "\(name) is \(value), but must be at least 1"
    case .width(let replicate, let expected, let got):
      "replicate \(replicate) has \(got) values instead of \(expected); it belongs to another experiment"
    }
  }
}
