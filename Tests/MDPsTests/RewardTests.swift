import LinearAlgebra
import MDPs
import Testing

@Suite("Reward") struct RewardTests {
  @Test("every form has the same pair form") func forms() throws {
    let mdp = try twoStates()
    let byTransition = try Matrix(rows: [[1, .nan], [7, 2], [.infinity, 3], [4, 0]])
    let forms: [Reward.Values] = [
      .pair(try Matrix(rows: [[1, 2], [3, 4]])), .transition(byTransition),
      .sparseTransition(
        try SparseRows(
          rowCount: 4, columnCount: 2, rowStarts: [0, 1, 2, 3, 4], columns: [0, 1, 1, 0], values: [1, 2, 3, 4])),
    ]
    for values in forms { #expect(try Reward(name: "r", values: values).expected(in: mdp) == [1, 2, 3, 4]) }
    #expect(try Reward(name: "r", values: .state([5, 6])).expected(in: mdp) == [5, 5, 6, 6])
  }

  @Test("a reward that counts must be finite") func notFinite() throws {
    let reward = Reward(name: "r", values: .transition(try Matrix(rows: [[.infinity, 0], [0, 0], [0, 0], [0, 0]])))
    #expect(throws: MDPError.reward(name: "r", state: 0, action: 0, next: 0, value: .infinity)) {
      try reward.expected(in: twoStates())
    }
  }

  @Test("a wrong shape is named") func shape() throws {
    #expect(throws: MDPError.shape(of: "reward \"r\"", expected: [2, 2], got: [1, 2])) {
      try Reward(name: "r", values: .pair(try Matrix(rows: [[1, 2]]))).expected(in: twoStates())
    }
  }
}

@Suite("Policy and occupancy") struct PolicyTests {
  @Test("a policy is checked against its model") func validation() throws {
    let mdp = try twoStates()
    #expect(throws: MDPError.policyAction(state: 1, action: 2)) { try Policy.deterministic([0, 2]).validate(for: mdp) }
    #expect(throws: MDPError.policySum(state: 0, sum: 0.5, tolerance: Policy.sumTolerance)) {
      try Policy.stochastic(try Matrix(rows: [[0.5, 0], [0, 1]])).validate(for: mdp)
    }
    #expect(throws: MDPError.policyProbability(state: 1, action: 0, value: -1)) {
      try Policy.stochastic(try Matrix(rows: [[1, 0], [-1, 2]])).validate(for: mdp)
    }
    try Policy.deterministic([1, 0]).validate(for: mdp)
  }

  @Test("the chain of a policy mixes rows") func chain() throws {
    let mdp = try twoStates()
    #expect(Policy.uniform(for: mdp).chain(in: mdp).dense == (try Matrix(rows: [[0.5, 0.5], [0.5, 0.5]])))
    #expect(Policy.deterministic([1, 1]).chain(in: mdp).dense == (try Matrix(rows: [[0, 1], [1, 0]])))
  }

  @Test("an occupancy gives back its policy, and returns are linear in it") func occupancy() throws {
    let mdp = try twoStates()
    let occupancy = OccupancyMeasure(values: [0.5, 0.5, 1, 0], actionCount: 2)
    #expect(occupancy.policy(for: mdp) == .stochastic(try Matrix(rows: [[0.5, 0.5], [1, 0]])))
    #expect(occupancy.expectedReturn(of: [1, 2, 3, 4]) == 4.5)
    let mixed = occupancy.mixed(with: OccupancyMeasure(values: [2, 0, 0, 0], actionCount: 2), weight: 0.5)
    #expect(mixed.values == [1.25, 0.25, 0.5, 0])
  }
}
