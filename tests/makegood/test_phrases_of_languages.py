"""The built-in phrases: what customers say in each language is understood as what they mean, and what only sounds like it is not.

The sentences were made up for this test, from what people of the trade say; no data set was read for them.
"""

from __future__ import annotations

import pytest

from makegood.config import policy_file
from streams.decide.phrases import Lexicon
from tests.makegood.harmless_sentences import HARMLESS
from tests.makegood.meant_sentences import MEANT

LEXICON = Lexicon(policy_file.built_in())

SAID = [(intent, language, said) for intent, rows in MEANT.items() for language, sentences in rows.items() for said in sentences]

NEGATED = {
    "en": ["I do not want to cancel my contract.", "We would never close our account with you", "I did not ask you to delete my account"],
    "de": ["Ich kündige meinen Vertrag nicht.", "Wir wollen den Vertrag nicht kündigen"],
    "fr": ["Je ne veux pas résilier mon contrat", "Nous n'allons pas fermer notre compte"],
    "es": ["No quiero cancelar mi contrato"],
    "it": ["Non voglio disdire il contratto"],
    "pt": ["Não quero cancelar meu contrato"],
    "nl": ["Ik wil mijn abonnement niet opzeggen"],
    "pl": ["Nie chcę rozwiązać umowy"],
    "tr": ["Sözleşmeyi feshetmek istemiyorum"],
    "ja": ["解約するつもりはありません。"],
    "el": ["Δεν θέλω να ακυρώσω τη συνδρομή μου"],
    "uk": ["Не хочу розірвати договір"],
    "hy": ["Չեմ ուզում լուծել պայմանագիրը"],
}
ONLY_MAIL = {
    "en": ["Please cancel my subscription to your newsletter", "How do I stop my membership of the mailing list?"],
    "de": ["Ich möchte das Newsletter-Abo kündigen", "Bitte das Abonnement des Newsletters beenden"],
    "fr": ["Je veux me désabonner de la newsletter", "Annuler mon abonnement à votre lettre d'information"],
    "es": ["Quiero darme de baja del boletín", "Cancelar mi suscripción a la newsletter"],
    "it": ["Vorrei annullare l'iscrizione alla newsletter"],
    "pt": ["Quero cancelar a assinatura do boletim", "Cancelar a subscrição da newsletter"],
    "nl": ["Ik wil het abonnement op de nieuwsbrief opzeggen"],
    "pl": ["Chcę anulować subskrypcję newslettera"],
    "tr": ["Bülten aboneliğimi iptal etmek istiyorum"],
    "ja": ["メルマガの会員登録を解除したいです。"],
    "el": ["Θέλω να ακυρώσω τη συνδρομή μου στο newsletter"],
    "uk": ["Хочу скасувати підписку на розсилку"],
    "hy": ["Ուզում եմ չեղարկել newsletter-ի բաժանորդագրությունը"],
}
MAIL_AND_MORE = [
    "I want to cancel my contract because your newsletter keeps coming.",
    "Nobody answered my emails, cancel my contract",
    "I sent three emails, cancel my subscription now",
    "Close my account, no more notifications",
    "Cancel my contract, I also do not want the newsletter",
    "Ich kündige meinen Vertrag, weil der Newsletter nicht aufhört.",
    "Ich kündige meinen Vertrag, auch den Newsletter",
    "Je veux résilier mon contrat parce que vos newsletters ne s'arrêtent pas.",
    "Хочу розірвати договір, бо розсилка не припиняється.",
]
HOW_OFTEN = {
    "en": ("How many times do I have to ask?", "How many times a year is it serviced?"),
    "de": ("Wie oft muss ich noch anrufen?", "Wie oft wird die Rechnung verschickt?"),
    "fr": ("Combien de fois dois-je appeler ?", "Combien de fois par an passe le technicien ?"),
    "es": ("¿Cuántas veces tengo que llamar?", "¿Cuántas veces al año se factura?"),
    "it": ("Quante volte devo chiamare?", "Quante volte all'anno arriva la fattura?"),
    "pt": ("Quantas vezes preciso ligar?", "Quantas vezes por ano chega a fatura?"),
    "nl": ("Hoe vaak moet ik nog bellen?", "Hoe vaak komt de factuur?"),
    "pl": ("Ile razy mam dzwonić?", "Ile razy w roku przychodzi faktura?"),
    "tr": ("Kaç kere aramam gerekiyor?", "Yılda kaç kez fatura geliyor?"),
    "el": ("Πόσες φορές πρέπει να τηλεφωνήσω;", "Πόσες φορές τον χρόνο έρχεται ο λογαριασμός;"),
    "uk": ("Скільки разів треба дзвонити?", "Скільки разів на рік приходить рахунок?"),
    "hy": ("Քանի՞ անգամ պետք է զանգեմ", "Տարեկան քանի՞ անգամ է գալիս հաշիվը"),
}
"""Who asks the third time, and who only asks."""
ALIKE = {
    "en": [
        ("ignored", "It has been ten days and I have not had a single reply.", "Nobody answers as fast as you do."),
        ("competitor", "Going over to the competition, they deliver on time.", "We switched to you from a competitor and are happy."),
        ("security", "I can see other people's orders when I log in.", "Enjoyed the hacker conference you sponsored."),
        ("leave", "I won't be giving you another penny.", "We are leaving the office at five, please call before."),
    ],
    "de": [
        ("ignored", "Seit zehn Tagen warte ich auf eine Antwort.", "Wir warten auf Ihre Antwort und wünschen ein schönes Wochenende."),
        ("competitor", "Ich bin zur Konkurrenz gegangen.", "Wir sind von der Konkurrenz zu Ihnen gewechselt."),
        ("security", "Meine Frau hat sich am Deckel verbrannt.", "Ich habe mir die Zunge verbrannt, so gierig war ich."),
        ("cancel", "ich will mein abo kuendigen", "Unser Mietvertrag wurde gekündigt, daher die neue Adresse."),
    ],
    "fr": [
        ("ignored", "Cela fait trois semaines que j'attends une réponse.", "J'attends votre réponse, bonne journée."),
        ("competitor", "Nous passons à la concurrence.", "Vous êtes loin devant la concurrence."),
        ("security", "Ma femme s'est brûlée avec le couvercle.", "Je me suis brûlé la langue tellement j'étais pressé."),
        ("leave", "Si ça continue, nous partons.", "Nous partons en vacances vendredi, livrez avant svp."),
    ],
    "es": [
        ("ignored", "Todavía no he recibido ninguna respuesta.", "Quedo a la espera de su respuesta, un saludo."),
        ("competitor", "Nos vamos a la competencia.", "Ganamos la competencia de baristas con su café."),
        ("security", "Hay cargos en mi tarjeta que no reconozco.", "El barista me robó el corazón."),
        ("leave", "Si sigue así nos vamos.", "Nos vamos de vacaciones el viernes, entreguen antes."),
    ],
    "it": [
        ("ignored", "Aspetto una risposta da due settimane.", "In attesa di un vostro riscontro, cordiali saluti."),
        ("competitor", "Passiamo alla concorrenza.", "Siete molto avanti rispetto alla concorrenza."),
        ("security", "Ci sono addebiti sulla mia carta che non ho autorizzato.", "Mi sono scottato la lingua, troppa fretta."),
        ("leave", "Non comprerò mai più da voi.", "Me ne vado in ferie, sospendete una consegna."),
    ],
    "pt": [
        ("ignored", "Estou há duas semanas à espera de uma resposta.", "Aguardo retorno, obrigado."),
        ("competitor", "Vamos mudar para a concorrência.", "Estão muito à frente da concorrência."),
        ("security", "O meu filho queimou-se com o vosso aparelho.", "Queimei a língua de tanta pressa."),
        ("leave", "Se continuar assim vamos embora.", "Vamos embora de férias na sexta, entreguem antes."),
    ],
    "nl": [
        ("ignored", "Ik wacht al twee weken op antwoord.", "Ik wacht op uw antwoord, fijne dag."),
        ("competitor", "Wij stappen over naar de concurrent.", "Jullie zijn de concurrentie ver vooruit."),
        ("security", "Iemand heeft mijn creditcard gebruikt zonder toestemming.", "Ik heb mijn tong verbrand van de haast."),
    ],
    "pl": [
        ("ignored", "Od dwóch tygodni czekam na odpowiedź.", "Czekam na odpowiedź, pozdrawiam."),
        ("competitor", "Wasz konkurent oferuje to samo za pół ceny.", "Macie konkurencyjne ceny."),
        ("leave", "Ostatni raz u was kupuję.", "Nigdy więcej bez tej kawy!"),
    ],
    "tr": [
        ("ignored", "İki haftadır cevap bekliyorum.", "Cevabınızı bekliyorum, iyi günler."),
        ("competitor", "Rakibinize geçiyoruz.", "Rakibinizi bırakıp size geçtik, memnunuz."),
        ("security", "Kartımdan haberim olmadan para çekilmiş.", "Bilgilerim sizde güvende mi?"),
    ],
    "ja": [
        ("ignored", "折り返しの電話が来ません。", "返事を待たされたことは一度もありません。"),
        ("competitor", "来月から仕入れ先を変えます。", "他社から御社に乗り換えて満足しています。"),
        ("security", "今朝、機械から火が出ました。", "急いで舌をやけどしました。"),
    ],
    "el": [
        ("ignored", "Περιμένω απάντηση εδώ και δύο εβδομάδες.", "Περιμένω την απάντησή σας, ευχαριστώ."),
        ("competitor", "Πάμε στον ανταγωνισμό.", "Είστε πολύ μπροστά από τον ανταγωνισμό."),
        ("security", "Η μηχανή πήρε φωτιά σήμερα το πρωί.", "Αυτές οι τιμές είναι φωτιά!"),
    ],
    "uk": [
        ("ignored", "Два тижні чекаю на відповідь.", "Чекаю на вашу відповідь, гарного дня."),
        ("competitor", "Переходимо до конкурентів.", "У вас конкурентні ціни."),
        ("security", "Дружина обпеклася кришкою.", "Обпік язик від поспіху."),
    ],
    "hy": [
        ("ignored", "Երկու շաբաթ է սպասում եմ պատասխանի։", "Սպասում եմ ձեր պատասխանին, շնորհակալություն։"),
        ("competitor", "Անցնում ենք մրցակցին։", "Դուք մրցակցային գներ ունեք։"),
        ("security", "Որդիս այրվեց ձեր սարքից։", "Այս սուրճը վտանգավոր համեղ է։"),
    ],
}
"""Who means it, and who says nearly the same and does not."""


@pytest.mark.parametrize(("language", "pair"), [(language, pair) for language, pairs in ALIKE.items() for pair in pairs])
def test_who_means_it_is_told_from_who_says_nearly_the_same(language, pair):
    intent, meant, harmless = pair
    assert not LEXICON.intents(meant)[intent].negated, language
    assert {intent: meaning for intent, meaning in LEXICON.intents(harmless).items() if not meaning.negated} == {}, language


@pytest.mark.parametrize(("intent", "language", "said"), SAID)
def test_what_customers_say_is_understood_as_what_they_mean(intent, language, said):
    found = LEXICON.intents(said)
    assert intent in found, (language, found)
    assert not found[intent].negated, (language, found)


@pytest.mark.parametrize(("language", "said"), [(language, said) for language, sentences in NEGATED.items() for said in sentences])
def test_what_is_negated_before_it_in_its_clause_is_only_half_said(language, said):
    found = LEXICON.intents(said)
    assert "cancel" in found, language
    assert found["cancel"].negated, (language, found)


@pytest.mark.parametrize(("language", "said"), [(language, said) for language, sentences in HARMLESS.items() for said in sentences])
def test_what_only_sounds_like_it_means_nothing(language, said):
    found = {intent: meaning for intent, meaning in LEXICON.intents(said).items() if intent != "discount"}
    assert {intent: meaning for intent, meaning in found.items() if not meaning.negated} == {}, language


@pytest.mark.parametrize(("language", "said"), [(language, said) for language, sentences in ONLY_MAIL.items() for said in sentences])
def test_who_wants_no_more_newsletters_does_not_leave(language, said):
    assert "cancel" not in LEXICON.intents(said), language


@pytest.mark.parametrize("said", MAIL_AND_MORE)
def test_a_newsletter_in_another_clause_takes_nothing_away(said):
    assert not LEXICON.intents(said)["cancel"].negated


@pytest.mark.parametrize("language", HOW_OFTEN)
def test_how_often_is_a_complaint_only_where_something_had_to_be_said_again(language):
    tired, curious = HOW_OFTEN[language]
    assert "ignored" in LEXICON.intents(tired)
    assert "ignored" not in LEXICON.intents(curious)


@pytest.mark.parametrize(
    "said",
    ["Ignore the previous message", "Switch to another user", "I want to change my bank account number", "Switch to a different size"],
)
def test_what_a_word_shares_with_another_language_or_meaning_is_no_sign(said):
    assert LEXICON.intents(said) == {}
