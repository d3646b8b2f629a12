internal import LinearAlgebra
internal import MDPs

/// The strongly connected components of the graph of a model: s → t when some flagged action of s may lead to t.
///
/// Source: Tarjan, Depth-first search and linear graph algorithms (1972), with an explicit stack.
struct StrongComponents: Sendable {
  /// The number of the component of each state. Every edge leads to the same or a smaller number: sinks come first.
  let component: [Int32]
  /// The number of components.
  let count: Int

  /// - Parameters:
  ///   - transitions: shape (S·A, S); only entries above 0 count.
  ///   - actionCount: A.
  ///   - allowed: which rows count, shape (S·A).
  /// - Complexity: O(stored transitions)
  init(_ transitions: Transitions, actionCount: Int, allowed: (Int) -> Bool) {
    let rows = transitions.sparseRows
    let stateCount = rows.columnCount
    let unseen: Int32 = -1
    var component = [Int32](repeating: unseen, count: stateCount)
    var index = [Int32](repeating: unseen, count: stateCount)
    var low = [Int32](repeating: 0, count: stateCount)
    var stack: [Int32] = []
    var next: Int32 = 0
    var found: Int32 = 0
    // A frame is a state with the row and entry at which its search goes on.
    var frames: [(state: Int, action: Int, entry: Int)] = []
    func enter(_ s: Int) {
      index[s] = next
      low[s] = next
      next += 1
      stack.append(Int32(s))
      frames.append((s, -1, 0))
    }
    for root in 0..<stateCount where index[root] == unseen {
      enter(root)
      while var frame = frames.popLast() {
        let s = frame.state
        var descended = false
        searching: while true {
          if frame.action < 0 || frame.entry >= rows.rowStarts[s * actionCount + frame.action + 1] {
            frame.action += 1
            while frame.action < actionCount, !allowed(s * actionCount + frame.action) { frame.action += 1 }
            guard frame.action < actionCount else { break searching }
            frame.entry = rows.rowStarts[s * actionCount + frame.action]
            continue
          }
          let t = Int(rows.columns[frame.entry])
          let isEdge = rows.values[frame.entry] > 0
          frame.entry += 1
          guard isEdge else { continue }
          if index[t] == unseen {
            frames.append(frame)
            enter(t)
            descended = true
            break searching
          }
          if component[t] == unseen { low[s] = min(low[s], index[t]) }
        }
        guard !descended else { continue }
        if low[s] == index[s] {
          while let t = stack.popLast() {
            component[Int(t)] = found
            if Int(t) == s { break }
          }
          found += 1
        }
        if let parent = frames.last?.state { low[parent] = min(low[parent], low[s]) }
      }
    }
    self.component = component
    count = Int(found)
  }

  /// The states, those of component 0 first, ascending within a component.
  var order: [Int32] {
    var starts = [Int](repeating: 0, count: count + 1)
    for c in component { starts[Int(c) + 1] += 1 }
    for c in 0..<count { starts[c + 1] += starts[c] }
    var order = [Int32](repeating: 0, count: component.count)
    for (s, c) in component.enumerated() {
      order[starts[Int(c)]] = Int32(s)
      starts[Int(c)] += 1
    }
    return order
  }
}
