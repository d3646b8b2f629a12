import LinearAlgebra
import Testing

@testable import MDPs

/// A world of two states and two actions: "stay" stays, "go" changes over.
func twoStates(discount: Double = 0.5, initial: [Double]? = nil) throws -> MDP {
  try MDP(
    actionCount: 2,
    transitions: .dense(Matrix(rowCount: 4, columnCount: 2, elements: [1, 0, 0, 1, 0, 1, 1, 0])),
    discount: discount, initialDistribution: initial)
}

@Suite("MDP: what exists is sound") struct MDPTests {
  private func model(
    _ elements: [Double], actions: Int = 1, discount: Double = 0.9, initial: [Double]? = nil,
    availability: [Bool]? = nil,
    names: [String]? = nil, tolerance: Double = MDP.defaultRowSumTolerance
  ) throws -> MDP {
    try MDP(
      actionCount: actions,
      transitions: .dense(Matrix(rowCount: 2 * actions, columnCount: 2, elements: elements)), discount: discount,
      initialDistribution: initial, availability: availability, stateNames: names, rowSumTolerance: tolerance)
  }

  @Test("the start distribution is uniform unless given") func uniformStart() throws {
    #expect(try twoStates().initialDistribution == [0.5, 0.5])
  }

  @Test("a row that does not sum to 1 is named with its sum") func rowSum() {
    #expect(throws: MDPError.rowSum(state: 1, action: 0, sum: 0.75, tolerance: 1e-9)) {
      try model([1, 0, 0.25, 0.5])
    }
  }

  @Test("a wider tolerance accepts it and reports the defect") func rowSumTolerance() throws {
    #expect(try model([1, 0, 0.25, 0.5], tolerance: 0.3).largestRowSumDefect == 0.25)
  }

  @Test("probabilities are finite and not negative", arguments: [-0.1, .nan, .infinity])
  func probability(value: Double) {
    #expect {
      try model([1, 0, value, 1])
    } throws: { error in
      guard case .probability(1, 0, 0, let got)? = error as? MDPError else { return false }
      return got == value || (got.isNaN && value.isNaN)
    }
  }

  @Test("the discount lies in [0, 1]", arguments: [-0.1, 1.1, .infinity]) func discount(value: Double) {
    #expect(throws: MDPError.discount(value)) { try model([1, 0, 0, 1], discount: value) }
  }

  @Test("a discount that is not a number is refused") func discountNaN() {
    #expect(throws: MDPError.self) { try model([1, 0, 0, 1], discount: .nan) }
  }

  @Test("the start distribution is checked") func start() {
    #expect(throws: MDPError.initialSum(sum: 0.75, tolerance: 1e-9)) { try model([1, 0, 0, 1], initial: [0.5, 0.25]) }
    #expect(throws: MDPError.initialProbability(state: 0, value: -1)) { try model([1, 0, 0, 1], initial: [-1, 2]) }
    #expect(throws: MDPError.shape(of: "initialDistribution", expected: [2], got: [1])) {
      try model([1, 0, 0, 1], initial: [1])
    }
  }

  @Test("an action set that is empty, or a transition of an action that is not there, is refused") func availability() {
    #expect(throws: MDPError.stateWithoutActions(state: 1)) {
      try model([1, 0, 0, 0], availability: [true, false])
    }
    #expect(throws: MDPError.transitionOfUnavailableAction(state: 0, action: 1)) {
      try model([1, 0, 0, 1, 0, 1, 1, 0], actions: 2, availability: [true, false, true, true])
    }
  }

  @Test("states may have different numbers of actions") func actionSets() throws {
    let mdp = try model([1, 0, 0, 0, 0, 1, 1, 0], actions: 2, availability: [true, false, true, true])
    #expect(mdp.availableActions(in: 0) == [0])
    #expect(mdp.availableActions(in: 1) == [0, 1])
    #expect(Policy.uniform(for: mdp) == .stochastic(try Matrix(rows: [[1, 0], [0.5, 0.5]])))
  }

  @Test("names are unique and complete") func names() {
    #expect(throws: MDPError.duplicateName(kind: "state", name: "a")) { try model([1, 0, 0, 1], names: ["a", "a"]) }
    #expect(throws: MDPError.shape(of: "stateNames", expected: [2], got: [1])) {
      try model([1, 0, 0, 1], names: ["a"])
    }
  }

  @Test("dense and sparse rows are the same world") func sparse() throws {
    let dense = try twoStates()
    let sparse = try MDP(actionCount: 2, transitions: .sparse(dense.transitions.sparseRows), discount: 0.5)
    let values = [3.0, -1.0]
    #expect(dense.transitions.expectation(of: values) == [3, -1, -1, 3])
    #expect(sparse.transitions.expectation(of: values) == [3, -1, -1, 3])
    #expect(dense.reachableStates() == sparse.reachableStates())
  }
}

@Suite("Reachability") struct ReachabilityTests {
  /// 0 → 1 → 1, and 2 → 0.
  private func line(discount: Double) throws -> MDP {
    try MDP(
      actionCount: 1, transitions: .dense(Matrix(rows: [[0, 1, 0], [0, 1, 0], [1, 0, 0]])), discount: discount,
      initialDistribution: [1, 0, 0], stateNames: ["a", "b", "c"])
  }

  @Test("states before the start are not reached") func reached() throws {
    #expect(try line(discount: 0.5).reachableStates() == [true, true, false])
  }

  @Test("with discount 0 only the start counts") func discountZero() throws {
    #expect(try line(discount: 0).reachableStates() == [true, false, false])
  }

  @Test("a restriction keeps rows, names and start") func restriction() throws {
    let (part, states) = try line(discount: 0.5).restricted(to: [true, true, false])
    #expect(states == [0, 1])
    #expect(part.stateNames == ["a", "b"])
    #expect(part.transitions == .dense(try Matrix(rows: [[0, 1], [0, 1]])))
    #expect(part.initialDistribution == [1, 0])
  }

  @Test("a set that is not closed is refused") func open() throws {
    #expect(throws: MDPError.rowSum(state: 0, action: 0, sum: 0, tolerance: 1e-9)) {
      try line(discount: 0.5).restricted(to: [true, false, false])
    }
  }
}
