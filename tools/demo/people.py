"""Residents who do not exist. Phones are of a block that nobody is given: 138 0000 ...."""

from random import Random

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = (
    "建国 秀英 桂兰 志强 丽 敏 静 伟 芳 磊 军 洋 勇 艳 杰 娟 涛 明 超 秀兰 霞 平 刚 桂英 玉兰 "
    "建华 文 玲 红 浩 宇 婷 雪 欣怡 子涵 梓萱 一鸣 思远 海燕 春梅 冬梅 国庆 卫东 爱华 新民 淑珍 "
    "素芳 凤英 振华 庆祥 守义 传芳 怀玉 永福 长根 大勇 晓燕 晓东 立新 素梅"
)
ESTATES = (
    "幸福里 桂花园 向阳小区 锦绣家园 康乐新村 滨河花园 学府苑 梅园新村 供销社家属院 纺织一村 "
    "光明小区 翰林雅居 丽景苑 东方名城 民生苑 老机厂宿舍 南湖春晓 金色家园 惠民小区 朝阳里"
)


def applicant(dice: Random) -> dict[str, str]:
    """A name and a phone number."""
    name = dice.choice(SURNAMES) + dice.choice(GIVEN.split())
    return {"name": name, "phone": f"1380000{dice.randrange(10_000):04d}"}


def place(dice: Random) -> str:
    """Where somebody lives."""
    building, unit = dice.randint(1, 28), dice.randint(1, 4)
    return f"{dice.choice(ESTATES.split())} {building} 号楼 {unit} 单元"
