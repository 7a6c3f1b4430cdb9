from games.singleton import Dynamo


class PlayerService:
    _instance = None

    @classmethod
    def instance(cls):
        if cls._instance is None:
            cls._instance = cls()
        return cls._instance

    @property
    def db(self):
        return Dynamo()

    def profile(self, player_id):
        return self.db.read(player_id)

    def ranking(self, n):
        return sorted(self.db.top(n), key=lambda p: -p.get("score", 0))

    def award(self, player_id, extra):
        player = self.db.read(player_id)
        player |= extra
        self.db.write(player)
        return player
