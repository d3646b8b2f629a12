import MDPSolvers
import OnlineMatching
import Testing

@Suite("Certificates and decision processes") struct MatchingCertificateTests {
  @Test("the dual solution accounts for the whole value, and the certified share is below the true one")
  func certificates()
    throws
  {
    for instance in try RandomInstances.make(40, seed: 31) {
      for function in [ScoreFunction.exponential, .huangZhangEqual, .goyalUdwani, .stochasticEqual] {
        let rule = BalanceRule(function)
        let earned = try ExactEvaluation().value(of: rule, on: instance).expectedWeight
        for (reward, benchmark) in [
          (ConfigurationProgram.Reward.truncated, MatchingBenchmark.configurationProgram),
          (.stochastic, .stochasticCompactProgram),
        ] {
          let certificate = try MatchingCertificate(of: rule, sharing: function, against: reward, on: instance)
          #expect(abs(certificate.expectedWeight - earned) < 1e-10)
          let bound = try benchmark.value(on: instance).value
          guard let ratio = certificate.ratio else {
            #expect(bound < 1e-9)
            continue
          }
          #expect(earned >= ratio * bound - 1e-8, "\(function) \(reward)")
          // The dual constraint of the tightest configuration is met with equality, recomputed here from its definition.
          let tightest = try #require(certificate.tightest)
          var (mass, open, paid) = (0.0, 1.0, certificate.offlineShares[tightest.offline])
          for v in tightest.arrivals {
            let p = try #require(instance.arrivals[v].first { $0.offline == tightest.offline }).probability
            paid += certificate.arrivalShares[v] * (reward == .truncated ? 1 : open)
            mass += p
            open *= 1 - p
          }
          let worth = instance.weights[tightest.offline] * (reward == .truncated ? min(1, mass) : 1 - open)
          #expect(abs(paid - ratio * worth) < 1e-9)
        }
      }
    }
  }

  @Test("no configuration pays less: brute force over all subsets") func bruteForce() throws {
    for instance in try RandomInstances.make(12, seed: 33, offline: 1...3, arrivals: 1...5) {
      for reward in [ConfigurationProgram.Reward.truncated, .stochastic] {
        let certificate = try MatchingCertificate(
          of: BalanceRule(.exponential), sharing: .exponential, against: reward, on: instance)
        var least = Double.infinity
        for (u, neighbours) in instance.neighbours.enumerated() where instance.weights[u] > 0 {
          for subset in 1..<max(1, 1 << neighbours.count) {
            var (mass, open, paid) = (0.0, 1.0, certificate.offlineShares[u])
            for (k, neighbour) in neighbours.enumerated() where subset & (1 << k) != 0 {
              paid += certificate.arrivalShares[neighbour.arrival] * (reward == .truncated ? 1 : open)
              mass += neighbour.probability
              open *= 1 - neighbour.probability
            }
            least = min(least, paid / (instance.weights[u] * (reward == .truncated ? min(1, mass) : 1 - open)))
          }
        }
        #expect(abs((certificate.ratio ?? .infinity) - least) < 1e-9 || certificate.ratio == nil && least == .infinity)
      }
    }
  }

  @Test("rules without loads have no certificate") func noLoads() throws {
    #expect(throws: MatchingError.self) {
      try MatchingCertificate(
        of: GreedyRule(), sharing: .exponential, against: .truncated, on: .star(arrivals: 2, probability: 0.5))
    }
  }

  @Test("the finite-horizon solver confirms the clairvoyant and the fully offline optimum") func decisionProcesses()
    throws
  {
    for instance in try RandomInstances.make(30, seed: 41, offline: 1...3, arrivals: 1...4) {
      let online = try instance.toMDP()
      let clairvoyant = try FiniteHorizon(horizon: online.horizon).solve(online.mdp, reward: online.reward)
      #expect(abs(clairvoyant.objective - (try ExactOptimum.clairvoyant(instance))) < 1e-12)
      let offline = try instance.toOfflineMDP()
      let free = try FiniteHorizon(horizon: offline.horizon).solve(offline.mdp, reward: offline.reward)
      #expect(abs(free.objective - (try ExactOptimum.fullyOffline(instance))) < 1e-12)
    }
  }

  @Test("large decision processes are refused") func large() throws {
    let instance = try MatchingInstance.complete(offline: 21, arrivals: 1, probability: 0.5)
    #expect(throws: MatchingError.self) { try instance.toMDP() }
    #expect(throws: MatchingError.self) { try instance.toOfflineMDP() }
  }
}
