import LinearAlgebra
import MDPs
import RewardDistances
import Testing

@Suite("Degenerate rewards and worlds") struct EdgeCaseTests {
  /// A world with S states, A actions and rows given as weights.
  static func world(
    _ rows: [[Double]], actions: Int, discount: Double, initial: [Double]? = nil, options: ComparisonOptions = .init(),
    sparse: Bool = false
  ) throws -> ComparisonWorld {
    let matrix = try Matrix(rows: rows)
    return try ComparisonWorld(
      MDP(
        actionCount: actions, transitions: sparse ? .sparse(SparseRows(matrix)) : .dense(matrix), discount: discount,
        initialDistribution: initial), options: options)
  }

  static func pair(_ rows: [[Double]]) throws -> Reward { Reward(name: "r", values: .pair(try Matrix(rows: rows))) }

  /// R(s, a, t) = c + γ Φ(t) − Φ(s)
  static func shaping(_ potential: [Double], actions: Int, discount: Double, constant: Double = 0) throws -> Reward {
    let rows = potential.flatMap { own in
      [[Double]](repeating: potential.map { constant + discount * $0 - own }, count: actions)
    }
    return Reward(name: "shaping", values: .transition(try Matrix(rows: rows)))
  }

  static let rows: [[Double]] = [
    [0.5, 0.5, 0], [0, 0.25, 0.75], [1, 0, 0], [0, 1, 0], [0.25, 0.25, 0.5], [0, 0, 1],
  ]

  @Test("one trivial reward: distance 1, angle π/2, regret 0 and 1", arguments: [false, true])
  func oneTrivial(sparse: Bool) throws {
    let world = try Self.world(Self.rows, actions: 2, discount: 0.9, sparse: sparse)
    let trivial = try world.admit(Self.shaping([1, -2, 0.5], actions: 2, discount: 0.9, constant: 3))
    let real = try world.admit(Self.pair([[1, 0], [0, 2], [0.5, 0]]))
    #expect(try trivial.isTrivial())
    for name in ["VAL-1-1", "VAL-2-2", "VAL-inf-inf", "MinimalL2-2-2", "Projection-o2-o2", "EPIC-2-2", "range"] {
      #expect(abs(try world.distance(RewardDistance(name: name), trivial, real).value - 1) < 1e-14)
      #expect(try world.distance(RewardDistance(name: name), trivial, trivial).value == 0)
    }
    #expect(try world.distance(RewardDistance(name: "Projection-2-angle"), trivial, real).value == .pi / 2)
    #expect(try world.worstCaseRegret(of: real, truth: trivial).normalised == 0)
    #expect(abs(try world.worstCaseRegret(of: trivial, truth: real).normalised - 1) < 1e-14)
    #expect(try world.worstCaseRegret(of: trivial, truth: trivial).value == 0)
    #expect(try world.optimalPolicyRegret(of: trivial, truth: real).normalisedWorst == 1)
    #expect(try world.optimalPolicyRegret(of: trivial, truth: real).normalisedBest == 0)
    // Pearson of a constant canonical reward is a convention, and says so.
    let epic = try world.distance(RewardDistance(name: "EPIC"), trivial, real)
    #expect(epic.value == 0.5.squareRoot() && epic.note != nil)
    let both = try world.distance(RewardDistance(name: "EPIC"), trivial, trivial)
    #expect(both.value == 0 && both.note != nil)
  }

  @Test("every distance is finite for every pair of degenerate rewards", arguments: [0.0, 0.9, 1 - 1e-9])
  func finite(discount: Double) throws {
    let world = try Self.world(Self.rows, actions: 2, discount: discount)
    let rewards = try [
      Self.pair([[0, 0], [0, 0], [0, 0]]), Self.pair([[5, 5], [5, 5], [5, 5]]),
      Self.shaping([1, -2, 0.5], actions: 2, discount: discount), Self.pair([[1, 0], [0, 2], [0.5, 0]]),
      Self.pair([[1e-300, 0], [0, 0], [0, 0]]), Self.pair([[1e150, 0], [0, 1], [0, 0]]),
      Reward(name: "s", values: .state([1, 2, 3])),
    ].map { try world.admit($0) }
    for distance in RewardDistance.all {
      for a in rewards {
        for b in rewards {
          let value = try world.distance(distance, a, b).value
          #expect(value.isFinite && value >= 0, "\(distance)")
        }
      }
    }
    for a in rewards {
      for b in rewards {
        let regret = try world.worstCaseRegret(of: b, truth: a)
        #expect((0...1).contains(regret.normalised) && regret.lower <= regret.value && regret.value <= regret.upper)
      }
    }
  }

  @Test("one action: everything is trivial") func oneAction() throws {
    let world = try Self.world([[0.5, 0.5, 0], [0, 0.5, 0.5], [1, 0, 0]], actions: 1, discount: 0.9)
    let a = try world.admit(Self.pair([[1], [7], [0]]))
    let b = try world.admit(Self.pair([[-3], [0], [1]]))
    for name in ["VAL-2-2", "range", "Projection-2-angle", "MinimalL2-inf-inf"] {
      #expect(try world.distance(RewardDistance(name: name), a, b).value == 0)
    }
    #expect(try world.worstCaseRegret(of: b, truth: a).value == 0)
    #expect(try world.distance(RewardDistance(name: "EPIC"), a, b).value > 0.1)
  }

  @Test("one state: the canonical reward is r less its mean") func oneState() throws {
    let (_, rewards) = try WorkedExample.bandit([3, 4, 8])
    for canonicalisation in [Canonicalisation.valueAdjustedLevelling, .projection] {
      expectNear(try rewards[0].canonical(canonicalisation).pair, [-2, -1, 3])
    }
  }

  @Test("discount 0: only the start states count") func discountZero() throws {
    let world = try Self.world(Self.rows, actions: 2, discount: 0, initial: [1, 0, 0])
    #expect(world.mdp.stateCount == 1)
    let a = try world.admit(Self.pair([[1, 0], [0, 5], [5, 0]]))
    let b = try world.admit(Self.pair([[2, 0], [9, 0], [0, 9]]))
    #expect(try world.distance(RewardDistance(name: "VAL-2-2"), a, b).value < 1e-15)
    #expect(try world.worstCaseRegret(of: b, truth: a).normalised < 1e-15)
  }

  @Test("discount 0: rewards on transitions out of the start count where the transition leads")
  func discountZeroByTransition() throws {
    // From state 0, action 0 goes to 1 and action 1 to 2: r = (1, 3) against r = (5, 1).
    let rows: [[Double]] = [[0, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 1, 0]]
    let rest = [[Double]](repeating: [0, 0, 0], count: 4)
    let truth = Reward(name: "truth", values: .transition(try Matrix(rows: [[9, 1, 9], [9, 9, 3]] + rest)))
    let proxy = Reward(name: "proxy", values: .transition(try Matrix(rows: [[7, 5, 7], [7, 7, 1]] + rest)))
    for states in ComparisonOptions.StateSet.allCases {
      var options = ComparisonOptions()
      options.states = states
      let world = try Self.world(rows, actions: 2, discount: 0, initial: [1, 0, 0], options: options)
      let regret = try world.worstCaseRegret(of: world.admit(proxy), truth: world.admit(truth))
      #expect(regret.value == 2)
      #expect(regret.normalised == 1)
    }
  }

  @Test("unreachable states: left out by default, kept on request, never in the regret") func unreachable() throws {
    let rows: [[Double]] = [[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]
    let (r, q) = (try Self.pair([[1, 0], [0, 2], [0, 5]]), try Self.pair([[1, 0], [0, 2], [7, 0]]))
    var options = ComparisonOptions()
    for set in ComparisonOptions.StateSet.allCases {
      options.states = set
      let world = try Self.world(rows, actions: 2, discount: 0.9, initial: [1, 0, 0], options: options)
      let (a, b) = (try world.admit(r), try world.admit(q))
      #expect(world.flags.count == 1)
      let value = try world.distance(RewardDistance(name: "VAL-2-2"), a, b).value
      #expect(set == .all ? value > 0.1 : value < 1e-14)
      #expect(try world.worstCaseRegret(of: b, truth: a).normalised < 1e-14)
      #expect(try world.distance(.range, a, b).value < 1e-14)
    }
  }

  @Test("numbers on impossible transitions: ignored by expected rewards, refused by EPIC and its family")
  func impossible() throws {
    let world = try Self.world(Self.rows, actions: 2, discount: 0.9)
    var rows = try Self.shaping([0, 1, 2], actions: 2, discount: 0.9)
    guard case .transition(var matrix) = rows.values else { return }
    matrix[0, 2] = .nan
    rows = Reward(name: "holes", values: .transition(matrix))
    let holes = try world.admit(rows)
    let real = try world.admit(Self.pair([[1, 0], [0, 2], [0.5, 0]]))
    for name in ["VAL-2-2", "Projection-2-2", "MinimalL2-2-2", "range", "ERC"] {
      _ = try world.distance(RewardDistance(name: name), real, holes)
    }
    for name in ["EPIC", "DARD-2-2", "None-2-2", "VALPotential-2-2", "MinimalPotential-2-2"] {
      let error = #expect(throws: RewardDistanceError.self) {
        try world.distance(RewardDistance(name: name), real, holes)
      }
      guard case .reward("holes", 0, 0, 2, let value) = error else {
        Issue.record("the place is not named: \(String(describing: error))")
        continue
      }
      #expect(value.isNaN)
    }
  }

  @Test("discount 1: EPIC and DARD alone") func undiscounted() throws {
    let world = try Self.world(Self.rows, actions: 2, discount: 1)
    let a = try world.admit(Self.pair([[1, 0], [0, 2], [0.5, 0]]))
    let b = try world.admit(Self.pair([[1, 1], [0, 2], [0.5, 0]]))
    #expect(try world.distance(RewardDistance(name: "EPIC"), a, b).value > 0)
    #expect(try world.distance(RewardDistance(name: "DARD"), a, b).value > 0)
    #expect(throws: RewardDistanceError.undiscounted(quantity: "the projection of a reward")) {
      try world.distance(RewardDistance(name: "VAL-2-2"), a, b)
    }
    #expect(throws: RewardDistanceError.undiscounted(quantity: "the range of returns")) {
      try world.worstCaseRegret(of: b, truth: a)
    }
    #expect(throws: RewardDistanceError.undiscounted(quantity: "episode return correlation")) {
      try world.distance(RewardDistance(name: "ERC"), a, b)
    }
  }

  @Test("discount to 1: distances and normalised regret of a unichain model have limits") func nearOne() throws {
    let (x, y): ([[Double]], [[Double]]) = ([[1, 0], [0, 2], [0.5, 0]], [[0, 3], [1, 1], [0, 0]])
    func numbers(_ discount: Double) throws -> [Double] {
      let world = try Self.world(Self.rows, actions: 2, discount: discount)
      let (a, b) = (try world.admit(Self.pair(x)), try world.admit(Self.pair(y)))
      let names = ["VAL-2-2", "VAL-1-1", "Projection-2-angle", "MinimalL2-2-2", "range", "OptimalAdvantage-2-2"]
      return try names.map { try world.distance(RewardDistance(name: $0), a, b).value } + [
        try world.worstCaseRegret(of: b, truth: a).normalised, try world.worstCaseRegret(of: a, truth: b).normalised,
      ]
    }
    let (far, near) = (try numbers(1 - 1e-6), try numbers(1 - 1e-9))
    for (u, v) in zip(far, near) { #expect(abs(u - v) < 1e-4) }
  }

  @Test("deterministic transitions: the least reward of a class lies on the one successor") func deterministic() throws
  {
    let rows: [[Double]] = [[0, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]]
    let world = try Self.world(rows, actions: 2, discount: 0.9)
    let reward = try world.admit(Self.pair([[1, 0], [0, 2], [0.5, 0]]))
    let (form, p) = (try reward.canonical(.minimalL2).dense, try reward.projected().values)
    for k in 0..<6 { for t in 0..<3 { #expect(abs(form[k, t] - rows[k][t] * p[k]) < 1e-14) } }
  }

  @Test("an absorbing state is a state like others: shaping may change what its loop pays") func absorbing() throws {
    let rows: [[Double]] = [[0.5, 0.5, 0], [0, 0, 1], [1, 0, 0], [0, 0.5, 0.5], [0, 0, 1], [0, 0, 1]]
    let world = try Self.world(rows, actions: 2, discount: 0.9)
    let reward = try Self.pair([[1, 0], [0, 2], [0, 0]])
    let potential = [1.0, -2, 4]
    let shaped = try rows.enumerated().map { k, row in
      let next = zip(row, potential).reduce(0) { $0 + $1.0 * $1.1 }
      return try reward.expected(in: world.mdp)[k] + 0.9 * next - potential[k / 2]
    }
    let (a, b) = (
      try world.admit(reward),
      try world.admit(
        Reward(
          name: "s",
          values: .pair(
            Matrix(
              rowCount: 3, columnCount: 2, elements: shaped))))
    )
    for name in ["VAL-2-2", "range", "Projection-2-angle", "MinimalL2-w2-w2"] {
      #expect(try world.distance(RewardDistance(name: name), a, b).value < 1e-14)
    }
    #expect(try world.worstCaseRegret(of: b, truth: a).normalised < 1e-14)
  }

  @Test("a duplicate of an action changes no regret") func duplicates() throws {
    let (x, y): ([[Double]], [[Double]]) = ([[1, 0], [0, 2], [0.5, 0]], [[0, 3], [1, 1], [0, 0]])
    let single = try Self.world(Self.rows, actions: 2, discount: 0.9)
    var rows: [[Double]] = []
    for s in 0..<3 { rows += [Self.rows[2 * s], Self.rows[2 * s + 1], Self.rows[2 * s + 1]] }
    let doubled = try Self.world(rows, actions: 3, discount: 0.9)
    func twice(_ rewards: [[Double]]) throws -> Reward {
      var widened: [[Double]] = []
      for row in rewards { widened.append([row[0], row[1], row[1]]) }
      return try Self.pair(widened)
    }
    let want = try single.worstCaseRegret(of: single.admit(Self.pair(y)), truth: single.admit(Self.pair(x)))
    let got = try doubled.worstCaseRegret(of: doubled.admit(twice(y)), truth: doubled.admit(twice(x)))
    #expect(abs(got.value - want.value) < 1e-12)
    let (a, b) = (try doubled.admit(twice(x)), try doubled.admit(twice(y)))
    let optimal = try doubled.optimalPolicyRegret(of: b, truth: a)
    let other = try single.optimalPolicyRegret(of: single.admit(Self.pair(y)), truth: single.admit(Self.pair(x)))
    #expect(abs(optimal.worst - other.worst) < 1e-12 && abs(optimal.best - other.best) < 1e-12)
  }

  @Test("numbers at actions that cannot be played count nowhere") func unavailable() throws {
    let matrix = try Matrix(rows: [[0.5, 0.5], [0, 0], [0, 1], [1, 0]])
    let mdp = try MDP(
      actionCount: 2, transitions: .dense(matrix), discount: 0.9, availability: [true, false, true, true])
    let world = try ComparisonWorld(mdp)
    func reward(_ hole: Double) throws -> ComparedReward {
      try world.admit(
        Reward(name: "r", values: .transition(try Matrix(rows: [[1, 2], [hole, hole], [0, 1], [3, 0]]))))
    }
    let other = try world.admit(Self.pair([[0, 0], [1, 2]]))
    for name in ["VAL-2-2", "EPIC", "None-2-2", "range", "Greedy-2-2"] {
      let distance = try RewardDistance(name: name)
      #expect(
        try world.distance(distance, reward(.nan), other).value == world.distance(distance, reward(0), other).value)
    }
  }

  @Test("sizes near the ends of the range of doubles", arguments: [1e-200, 1e200]) func scales(scale: Double) throws {
    let world = try Self.world(Self.rows, actions: 2, discount: 0.9)
    let (x, y): ([[Double]], [[Double]]) = ([[1, 0], [0, 2], [0.5, 0]], [[0, 3], [1, 1], [0, 0]])
    let plain = (try world.admit(Self.pair(x)), try world.admit(Self.pair(y)))
    let scaled = try world.admit(Self.pair(x.map { $0.map { scale * $0 } }))
    for name in ["VAL-2-2", "Projection-2-angle", "range", "EPIC", "None-2-2", "MinimalL2-w2-w2"] {
      let want = try world.distance(RewardDistance(name: name), plain.0, plain.1).value
      let got = try world.distance(RewardDistance(name: name), scaled, plain.1).value
      #expect(abs(got - want) <= 1e-13, "\(name)")
    }
    let want = try world.worstCaseRegret(of: plain.1, truth: plain.0).normalised
    #expect(abs(try world.worstCaseRegret(of: plain.1, truth: scaled).normalised - want) <= 1e-13)
    #expect(
      abs(
        try world.worstCaseRegret(of: scaled, truth: plain.1).normalised
          - (try world.worstCaseRegret(of: plain.0, truth: plain.1).normalised)) <= 1e-13)
  }

  @Test("names: round trips, and the nearest ones when there is none") func names() throws {
    for distance in RewardDistance.all { #expect(try RewardDistance(name: distance.name) == distance) }
    for name in ["VAL-0-2", "EPIC-usup-w1", "DARD-c", "VAL-csup-angle"] {
      #expect(try RewardDistance(name: name).name == name)
    }
    for name in ["", "VAL", "VAL-2", "VAL-3-2", "VAL-2-0", "val-2-2", "VAL-2-2-2", "-2-2", "VAL--2", "VAL-w0-2"] {
      #expect(throws: RewardDistanceError.self) { try RewardDistance(name: name) }
    }
    let error = #expect(throws: RewardDistanceError.self) { try RewardDistance(name: "VAL-2-3") }
    #expect(error?.description.contains("VAL-2-2") == true)
  }
}
