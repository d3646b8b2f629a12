internal import LinearAlgebra
internal import MDPs

/// The shared coin of a randomised consensus protocol for two processes, as a decision problem: an adversary schedules the
/// steps, the counter drifts by fair coin flips, and both processes end when it leaves a band of width about 4 K.
///
/// Source: Aspnes and Herlihy, Fast randomized consensus using shared memory (1990); the state of a process is what it does
/// next (flip, write, check, finished) and its coin.
struct SharedCoin {
  let mdp: MDP
  /// The states in which both processes have finished.
  let finished: [Bool]

  /// - Parameter bound: K ≥ 1.
  /// - Throws: ``SolverError/model(_:)``; never for a bound in range.
  init(bound: Int) throws(SolverError) {
    let start = World(counter: 2 * (bound + 1), processes: [Process(), Process()])
    var number = [start: 0]
    var worlds = [start]
    var moves: [[[Int]]] = []
    var i = 0
    while i < worlds.count {
      moves.append(
        (0..<2).map { p in
          worlds[i].successors(of: p, bound: bound).map { next in
            if let known = number[next] { return known }
            number[next] = worlds.count
            worlds.append(next)
            return worlds.count - 1
          }
        })
      i += 1
    }
    var builder = SparseRowsBuilder(columnCount: worlds.count)
    for pair in moves.flatMap(\.self) {
      for t in pair.sorted() { builder.append(column: Int32(t), value: 1 / Double(pair.count)) }
      builder.endRow()
    }
    do {
      mdp = try MDP(
        actionCount: 2, transitions: .sparse(builder.build()), discount: 1,
        initialDistribution: [1] + [Double](repeating: 0, count: worlds.count - 1),
        availability: moves.flatMap(\.self).map { !$0.isEmpty })
    } catch {
      throw .model(error)
    }
    finished = worlds.map { $0.processes.allSatisfy { $0.stage == .finished } }
  }

  private struct Process: Hashable {
    enum Stage { case flip, write, check, finished }
    var stage = Stage.flip
    var isHeads = false
  }

  private struct World: Hashable {
    var counter: Int
    var processes: [Process]

    /// The equally likely worlds after a step of process p; none when it has finished and the other has not.
    func successors(of p: Int, bound: Int) -> [World] {
      var next = self
      let (low, high) = (2, 4 * (bound + 1) - 2)
      switch processes[p].stage {
      case .flip:
        return [false, true].map { heads in
          next.processes[p] = Process(stage: .write, isHeads: heads)
          return next
        }
      case .write:
        next.counter += processes[p].isHeads ? 1 : -1
        next.processes[p] = Process(stage: .check)
      case .check:
        let isOut = counter <= low || counter >= high
        next.processes[p] = Process(stage: isOut ? .finished : .flip, isHeads: counter >= high)
      case .finished:
        // Once both have finished the world stands still.
        return p == 0 && processes[1].stage == .finished ? [self] : []
      }
      return [next]
    }
  }
}
