/// An instance in which each vertex of capacity c is c copies of capacity 1, and to whom the copies belong.
struct VertexCopies: Sendable {
  /// The instance of unit capacities.
  let instance: MatchingInstance
  /// The vertex of each copy.
  let owners: [Int]
  /// The capacity of the vertex of each copy.
  let capacities: [Int]

  init(_ original: MatchingInstance) {
    (instance, owners) = original.withUnitCapacities
    capacities = owners.map { original.capacities[$0] }
  }

  /// Where the memory of a copy is kept.
  @inline(__always) func slot(_ copy: Int, shared: Bool) -> Int { shared ? owners[copy] : copy }
}
